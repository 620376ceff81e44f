"""Proxies: objects that stay on the board."""

import belay


def _list(bench, text="[1, 2, 3]"):
    return bench.device.proxy(text)


def of_a_variable(bench):
    bench.device("variable = [1, 2]")
    proxy = bench.device.proxy("variable")
    del proxy
    return bench.device("variable")


def of_an_expression(bench):
    return _list(bench)


def of_an_import(bench):
    math = bench.device.proxy("import math")
    return math.floor(math.pi), math.sqrt(16)


def of_an_import_as(bench):
    return bench.device.proxy("import math as m").floor(2.5)


def of_an_import_from(bench):
    floor, ceil = bench.device.proxy("from math import floor, ceil")
    return floor(1.5), ceil(1.5)


def of_a_number(bench):
    return bench.device.proxy("6 * 7")


def of_a_name_that_is_not_there(bench):
    return bench.device.proxy("nobody_is_here").anything


def its_type(bench):
    proxy = _list(bench)
    return type(proxy) is belay.ProxyObject, isinstance(proxy, belay.ProxyObject)


def its_repr(bench):
    return repr(_list(bench))


def its_text(bench):
    return str(_list(bench)), f"{_list(bench)}"


def its_length(bench):
    return len(_list(bench)), len(_list(bench, "{}"))


def its_hash(bench):
    bench.device("hashed = (1, 2)")
    proxy = bench.device.proxy("hashed")
    return hash(proxy) == hash(proxy), hash(proxy) == bench.device("hash(hashed)")


def its_truth(bench):
    return bool(_list(bench)), bool(_list(bench, "[]")), bool(_list(bench, "{1: 2}"))


def item(bench):
    proxy = _list(bench, "['a', 2.5, None, [4]]")
    return proxy[0], proxy[1], proxy[2], proxy[3], proxy[-1][0]


def item_of_a_dict(bench):
    proxy = _list(bench, "{'a': 1, 2: 'b', (1, 2): True}")
    return proxy["a"], proxy[2], proxy[1, 2]


def item_by_a_proxy(bench):
    return _list(bench, "{(1, 2): 'there'}")[_list(bench, "(1, 2)")]


def item_that_is_not_there(bench):
    return _list(bench)[7]


def key_that_is_not_there(bench):
    return _list(bench, "{}")["nothing"]


def item_of_what_has_none(bench):
    return bench.device.proxy("len")[0]


def slices(bench):
    proxy = _list(bench, "[0, 1, 2, 3, 4]")
    return proxy[1:3], proxy[:2], proxy[3:], proxy[-2:], proxy[::2], proxy[:]


def set_item(bench):
    proxy = _list(bench)
    proxy[0] = "changed"
    proxy[-1] = [9]
    return proxy


def set_item_to_a_proxy(bench):
    proxy = _list(bench)
    proxy[0] = _list(bench, "{'inner': 1}")
    return proxy[0]["inner"]


def set_item_that_is_not_there(bench):
    _list(bench)[9] = 1


def attribute(bench):
    bench.device("class Box:\n    size = 3\n    parts = [1]\nbox = Box()")
    box = bench.device.proxy("box")
    return box.size, box.parts


def attribute_that_is_not_there(bench):
    bench.device("class Box:\n    pass\nbox = Box()")
    return bench.device.proxy("box").nothing


def attribute_asked_for(bench):
    bench.device("class Box:\n    size = 3\nbox = Box()")
    box = bench.device.proxy("box")
    return hasattr(box, "size"), hasattr(box, "nothing"), getattr(box, "nothing", "instead")


def set_attribute(bench):
    bench.device("class Box:\n    pass\nbox = Box()")
    box = bench.device.proxy("box")
    box.size = 5
    box.parts = [1, 2]
    box.other = _list(bench, "['o']")
    return box.size, box.parts, box.other[0], bench.device("box.size")


def method(bench):
    proxy = _list(bench)
    return proxy.append(4), proxy.pop(), proxy.index(2), proxy.count(9), proxy


def method_with_keywords(bench):
    bench.device("class Adder:\n    def add(self, a, b=1, *, c=0):\n        return a + b + c\nadder = Adder()")
    adder = bench.device.proxy("adder")
    return adder.add(1), adder.add(1, 2), adder.add(1, b=3, c=4), adder.add(a=1)


def method_with_a_proxy(bench):
    proxy = _list(bench)
    proxy.extend(_list(bench, "[4, 5]"))
    return proxy


def method_that_gives_an_object(bench):
    return _list(bench).copy()


def method_that_raises(bench):
    return _list(bench).remove(9)


def method_with_wrong_arguments(bench):
    return _list(bench).append()


def method_that_prints(bench):
    bench.device("class Speaker:\n    def say(self, x):\n        print('saying', x)\nspeaker = Speaker()")
    return bench.device.proxy("speaker").say("this")


def call(bench):
    bench.device("def callee(a, b=2):\n    return [a, b]")
    callee = bench.device.proxy("callee")
    return callee(1), callee(1, b=3), callee(_list(bench))


def call_of_what_cannot_be_called(bench):
    return _list(bench)()


def call_of_a_class(bench):
    bench.device("class Point:\n    def __init__(self, x, y):\n        self.x = x\n        self.y = y")
    point = bench.device.proxy("Point")(3, y=4)
    point.x += 1
    return point.x, point.y


def equal(bench):
    proxy = _list(bench)
    return proxy == [1, 2, 3], proxy == [1], proxy != [1], proxy != [1, 2, 3], proxy == proxy


def equal_to_a_proxy(bench):
    return _list(bench) == _list(bench), _list(bench) != _list(bench, "[4]")


def ordered(bench):
    proxy = _list(bench)
    return proxy < [2], proxy <= [1, 2, 3], proxy > [0], proxy >= [4], [0] < proxy


def ordered_with_what_cannot_be(bench):
    return _list(bench) < 5


def contains(bench):
    proxy = _list(bench)
    return 2 in proxy, 9 in proxy, 9 not in proxy, "a" in _list(bench, "{'a': 1}")


def contains_a_proxy(bench):
    inner = _list(bench, "[7]")
    outer = _list(bench, "[[7], 8]")
    return inner in outer


def iterated(bench):
    return list(_list(bench)), [x + 1 for x in _list(bench)], sorted(_list(bench, "{'b': 1, 'a': 2}"))


def iterated_over_objects(bench):
    return list(_list(bench, "[[1], {'a': 2}]"))


def iterated_over_nothing(bench):
    return list(bench.device.proxy("len"))


def added(bench):
    return _list(bench) + [4]


def multiplied(bench):
    return _list(bench) * 2


def deleted_item(bench):
    proxy = _list(bench)
    del proxy[0]
    return proxy


def resolved(bench):
    return bench.device(_list(bench, "{'a': [1, 2]}"))


def dropped(bench):
    bench.device("class Noted:\n    pass\nnoted = Noted()")
    first = bench.device.proxy("[noted]")
    del first
    return bench.device("1 + 1")


def chained(bench):
    bench.device("class A:\n    pass\na = A(); a.b = A(); a.b.c = {'d': [1, 'deep']}")
    return bench.device.proxy("a").b.c["d"][1]


def private_attribute(bench):
    bench.device("class Box:\n    _hidden = 8\nbox = Box()")
    return bench.device.proxy("box")._hidden


def made_by_hand(bench):
    bench.device("by_hand = [5]")
    proxy = belay.ProxyObject(bench.device, "by_hand", delete=False)
    return proxy[0], belay.proxy_object.get_proxy_object_target_name(proxy)


def a_pin(bench):
    machine = bench.device.proxy("import machine")
    pin = machine.Pin(3, machine.Pin.OUT)
    pin.on()
    first = pin.value()
    pin.off()
    return first, pin.value(), pin(1), pin()


def unpacked(bench):
    a, *rest = _list(bench)
    return a, rest


def reversed_and_sorted(bench):
    return sorted(_list(bench, "[3, 1, 2]")), max(_list(bench)), sum(_list(bench))


def bad_statement(bench):
    return bench.device.proxy("x = 1")
