"""The board's clock beside the host's."""

import datetime


def offset(bench):
    return type(bench.device.time_offset)


def offset_is_kept(bench):
    first = bench.device.time_offset
    for _ in range(5):
        bench.device("1 + 1")
    return abs(bench.device.time_offset - first) < 0.05


def synchronised(bench):
    offset = bench.device.sync_time()
    return type(offset), offset == bench.device.time_offset


def synchronised_with_samples(bench):
    return type(bench.device.sync_time(samples=5)), type(bench.device.sync_time(3))


def time_of_a_call(bench):
    before = datetime.datetime.now()
    value, moment = bench.device("1 + 1", return_time=True)
    after = datetime.datetime.now()
    slack = datetime.timedelta(seconds=0.1)
    return value, type(moment), moment.tzinfo, before - slack <= moment <= after + slack


def time_of_a_task(bench):
    @bench.device.task(return_time=True)
    def measured(x):
        return x + 1

    value, moment = measured(4)
    return value, type(moment)


def time_of_a_generator(bench):
    @bench.device.task(return_time=True)
    def series():
        for i in range(3):
            yield i

    pairs = list(series())
    moments = [moment for _, moment in pairs]
    return [value for value, _ in pairs], moments == sorted(moments)


def time_of_a_statement(bench):
    return bench.device("x = 1", return_time=True)


def board_and_host(bench):
    import time

    ticks = bench.device("time.ticks_ms()") / 1000
    return abs(ticks - bench.device.time_offset - time.time()) < 0.2
