# Runs on the board: timers while the program waits in every way there is.
import asyncio
import select
import time

from machine import Timer

waiting = False
count = 0


def hit(_timer):
    # Only what happens in the middle of a wait counts, not what follows at its end.
    global count
    if waiting:
        count += 1


def check(name, wait):
    global count, waiting
    count = 0
    timer = Timer(period=2, callback=hit)
    while count < 3:
        waiting = True
        wait()
        waiting = False
    timer.deinit()
    print(name)


def spin():
    for _ in range(1000):
        pass


check("busy", spin)
check("sleep", lambda: time.sleep(0.02))
check("sleep_ms", lambda: time.sleep_ms(20))


async def pause():
    await asyncio.sleep_ms(20)


poller = select.poll()
check("poll", lambda: poller.poll(20))
check("ipoll", lambda: list(poller.ipoll(20)))
check("asyncio", lambda: asyncio.run(pause()))

order = []
long = Timer(mode=Timer.ONE_SHOT, period=300, callback=lambda timer: order.append("long"))
short = Timer(mode=Timer.ONE_SHOT, freq=1000, callback=lambda timer: order.append("short"))
while "long" not in order:
    time.sleep(0.01)
print("once each:", *order)


def stop(timer):
    order.append(timer)
    if len(order) == 4:
        timer.deinit()


stopped = Timer(period=1, callback=stop)
while len(order) < 4:
    pass
check("another", spin)
print("stopped by its callback:", len(order) - 2)


def fail(timer):
    timer.deinit()
    order.clear()
    raise ValueError("in a callback")


Timer(period=1, callback=fail)
while order:
    pass
print("the program goes on")
print(Timer(freq=2000))


def refusal(**settings):
    try:
        Timer(**settings)
    except Exception as error:
        return type(error).__name__ + ": " + str(error)


print(refusal(id=3))
print(refusal(callback=hit))
print(refusal(freq=0))
print(refusal(period=1, mode=7))
print(refusal(period=1, hard=True))
