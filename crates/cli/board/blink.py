# Blinks a pin, or a pixel at a pin, so that a person sees which board this is.
# `name` is a number or a name of the board's, `pixel` whether it is a NeoPixel.


def blink(name, pixel):
    import time

    try:
        import machine
    except ImportError:
        show, end = circuitpython(name, pixel)
    else:
        pin = machine.Pin(int(name) if name.isdigit() else name, machine.Pin.OUT)
        show, end = of_pixel(pin) if pixel else (pin, None)
    for _ in range(5):
        show(1)
        time.sleep(0.15)
        show(0)
        time.sleep(0.15)
    if end:
        end()


def of_pixel(pin):
    import neopixel

    pixel = neopixel.NeoPixel(pin, 1)

    def show(on):
        pixel[0] = (0, 60 * on, 0)
        pixel.write()

    return show, None


def circuitpython(name, pixel):
    import board
    import digitalio

    pin = digitalio.DigitalInOut(getattr(board, name))
    pin.direction = digitalio.Direction.OUTPUT

    def show(on):
        if pixel:
            import neopixel_write

            neopixel_write.neopixel_write(pin, bytearray([60 * on, 0, 0]))
        else:
            pin.value = bool(on)

    return show, pin.deinit
