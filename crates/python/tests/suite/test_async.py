import asyncio
import inspect
import os
import socket
import tempfile
import time
import unittest

import belay
from board import Board


class Async(unittest.IsolatedAsyncioTestCase):
    async def test_calls_are_awaited(self):
        async with belay.AsyncDevice("sim:?fresh") as device:
            self.assertEqual(await device("6 * 7"), 42)

            @device.task
            def add(a, b):
                return a + b

            @device.task
            def numbers(n):
                for i in range(n):
                    yield i

            @device.setup
            def prepare(x):
                prepared = x

            self.assertEqual(await add(1, b=2), 3)
            self.assertEqual(await device.task.add(1, b=3), 4)
            self.assertEqual([n async for n in numbers(3)], [0, 1, 2])
            await prepare(8)
            self.assertEqual(await device("prepared"), 8)
            self.assertEqual((await device.implementation).name, "micropython")
            with self.assertRaises(belay.PyboardException):
                await device("1 / 0")

    async def test_generators_take_values(self):
        async with belay.AsyncDevice("sim:?fresh") as device:

            @device.task
            def average():
                total = count = 0
                mean = None
                while True:
                    total += yield mean
                    count += 1
                    mean = total / count

            steps = average()
            self.assertIsNone(await steps.asend(None))
            self.assertEqual([await steps.asend(10), await steps.asend(20)], [10, 15])
            await steps.aclose()
            self.assertEqual(await device("1"), 1)

    async def test_functions_may_be_decorated_before_the_board_is_there(self):
        device = belay.AsyncDevice("sim:?fresh")

        @device.setup
        def prepare(x):
            base = x

        @device.task
        def more(y):
            return base + y

        @device.teardown
        def end():
            print("ended")

        with self.assertRaisesRegex(RuntimeError, "not open"):
            await more(1)
        async with device:
            await prepare(40)
            self.assertEqual(await more(2), 42)

    async def test_proxies_are_awaited(self):
        async with belay.AsyncDevice("sim:?fresh") as device:
            kept = device.proxy("[3, [4, 5]]")
            self.assertEqual(await kept[0], 3)
            self.assertEqual(await kept[1][1], 5)
            inner = await kept[1]
            await inner.append(6)
            self.assertEqual(await inner[-1], 6)
            longer = await (inner + [7])
            self.assertEqual(await longer[3], 7)
            self.assertEqual(await ([1] + inner)[0], 1)
            time_module = await device("import time", proxy=True)
            self.assertIsInstance(await time_module.ticks_ms(), int)
            self.assertEqual(await device(inner), [4, 5, 6])

    async def test_batches(self):
        async with belay.AsyncDevice("sim:?fresh") as device:

            @device.task
            def add(a, b=1):
                return a + b

            async with device.batch() as batch:
                first = batch("base = 5")
                second = batch.call(add, 3, b=4)
                third = batch("1 / 0")
            self.assertIsNone(first.result())
            self.assertEqual(second.result(), 7)
            with self.assertRaises(belay.PyboardException):
                third.result()

    async def test_calls_that_are_submitted_begin_at_once(self):
        async with belay.AsyncDevice("sim:?fresh") as device:

            @device.task
            def double(x):
                return 2 * x

            tasks = [device.submit("1 + 1"), device.submit(double, 4), device.submit(lambda: device.device("3"))]
            self.assertEqual(await asyncio.gather(*tasks), [2, 8, 3])

    async def test_events_are_awaited_and_handled(self):
        async with belay.AsyncDevice("sim:?fresh") as device:
            await device.submit(lambda: device.device.events)
            await device("for i in range(3): belay_emit('count', i)")
            seen = []
            async for name, value in device.events:
                seen.append((name, value))
                if value == 2:
                    break
            self.assertEqual(seen, [("count", i) for i in range(3)])

            done = asyncio.Event()

            @device.on("sum")
            async def add(value):
                seen.append(await device(f"sum({value})"))
                done.set()

            await device("belay_emit('sum', [1, 2, 3])")
            await asyncio.wait_for(done.wait(), 10)
            self.assertEqual(seen[-1], 6)

    async def test_functions_of_the_host_may_be_coroutines(self):
        async with belay.AsyncDevice("sim:?fresh") as device:
            loop = asyncio.get_running_loop()

            @device.task
            def double(x):
                return 2 * x

            @device.host
            async def fetch(x):
                self.assertIs(asyncio.get_running_loop(), loop)
                return await double(x) + await device("1")

            @device.host
            def plain(x):
                return device.device(f"{x} + 1")

            @device.host(timeout=0.05)
            async def late():
                await asyncio.Event().wait()

            @device.task
            def use(x):
                return fetch(x), plain(x)

            self.assertEqual(await use(20), (41, 21))
            with self.assertRaisesRegex(belay.PyboardException, "Timeout"):
                await device("late()")
            self.assertEqual(await device("1 + 1"), 2)

    async def test_times(self):
        async with belay.AsyncDevice("sim:?fresh") as device:
            offset = await device.sync_time()
            self.assertAlmostEqual(await device.time_offset, offset, delta=1)

    async def test_many_boards_in_one_loop(self):
        devices = await asyncio.gather(*(belay.AsyncDevice(f"sim:a{i}?fresh") for i in range(4)))
        arrived = 0
        all_there = asyncio.Event()

        async def meet():
            nonlocal arrived
            arrived += 1
            if arrived == len(devices):
                all_there.set()
            await all_there.wait()
            return arrived

        for device in devices:
            await device.submit(device.host, meet)
        # Each waits for all others.
        calls = asyncio.gather(*(device("meet()") for device in devices))
        self.assertEqual(await asyncio.wait_for(calls, 60), [4, 4, 4, 4])
        await asyncio.gather(*(device.close() for device in devices))

    async def test_cancelling_interrupts_the_program(self):
        with Board() as board:
            async with belay.AsyncDevice(board.port) as device:
                for program in ("while True: pass", "time.sleep(60)"):
                    begun = asyncio.Event()
                    loop = asyncio.get_running_loop()

                    class Begun:
                        def write(self, text):
                            loop.call_soon_threadsafe(begun.set)

                    code = f"print('begun')\n{program}"
                    task = asyncio.create_task(device(code, stream_out=Begun()))
                    await begun.wait()
                    task.cancel()
                    with self.assertRaises(asyncio.CancelledError):
                        await task
                    self.assertEqual(await device("1 + 1"), 2)

    async def test_cancelling_gives_up_connecting(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            device = belay.AsyncDevice(f"tcp://127.0.0.1:{server.getsockname()[1]}")
            opening = asyncio.create_task(device.open())
            connection, _ = await asyncio.get_running_loop().sock_accept(server)
            with connection:
                begun = time.monotonic()
                opening.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await opening
                # Long before it gives up by itself.
                self.assertLess(time.monotonic() - begun, 5)
            await device.close()


class Folders(unittest.IsolatedAsyncioTestCase):
    async def test_a_folder_of_the_host(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "m.py"), "w") as file:
                file.write("x = 42\n")
            async with belay.AsyncDevice("sim:?fresh") as device:
                async with device.mount(folder, read_only=True) as mounted:
                    self.assertEqual(mounted.at, "/remote")
                    await device("import m")
                    self.assertEqual(await device("m.x"), 42)
                await device("import os")
                self.assertEqual(await device("os.listdir('/')"), [])


class Names(unittest.TestCase):
    def test_every_name_of_a_device_is_one_here(self):
        blocking = belay.Device("sim:?fresh")
        self.addCleanup(blocking.close)
        asynchronous = belay.AsyncDevice("sim:?fresh")
        names = {name for name in (*dir(blocking), *vars(blocking)) if not name.startswith("_")}
        self.assertGreater(len(names), 20)
        # Without asking a property of a device that is not open.
        ours = {*dir(type(asynchronous)), *vars(asynchronous)}
        self.assertEqual(names - ours, set())

    def test_arguments_have_the_same_names(self):
        for name in ("sync_time", "reconnect", "proxy", "terminal", "on", "mount"):
            with self.subTest(name):
                parameters = [
                    list(inspect.signature(getattr(kind, name)).parameters)
                    for kind in (belay.Device, belay.AsyncDevice)
                ]
                self.assertEqual(*parameters)


if __name__ == "__main__":
    unittest.main()
