import asyncio
import time
import unittest

import belay


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
            self.assertEqual([n async for n in numbers(3)], [0, 1, 2])
            await prepare(8)
            self.assertEqual(await device("prepared"), 8)
            self.assertEqual((await device.implementation()).name, "micropython")
            with self.assertRaises(belay.PyboardException):
                await device("1 / 0")

    async def test_many_boards_in_one_loop(self):
        devices = await asyncio.gather(*(belay.AsyncDevice(f"sim:a{i}?fresh") for i in range(4)))
        begun = time.monotonic()
        results = await asyncio.gather(*(d("time.sleep(0.5) or 1") for d in devices))
        self.assertEqual(results, [1, 1, 1, 1])
        self.assertLess(time.monotonic() - begun, 1.6)
        await asyncio.gather(*(device.close() for device in devices))

    async def test_cancelling_interrupts_the_program(self):
        async with belay.AsyncDevice("sim:?fresh") as device:
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(device("while True: pass"), 0.3)
            self.assertEqual(await device("1 + 1"), 2)
            task = asyncio.create_task(device("time.sleep(20)"))
            await asyncio.sleep(0.2)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            self.assertEqual(await device("2 + 2"), 4)


if __name__ == "__main__":
    unittest.main()
