"""The fixture ``sim``."""


def test_pins_buses_and_faults(run):
    result = run(
        """
        import pytest
        import belay

        def test_pins(board, sim):
            board("led = Pin(25, Pin.OUT)\\nled.on()\\nled.off()")
            assert sim.pin(25).levels == [0, 1, 0]
            assert [change.level for change in sim.pin(25).history][-1] == 0
            assert sim.pin(25).wait(0)

        def test_a_history_begins_with_its_test(board, sim):
            assert sim.pin(25).history == []

        def test_a_button(board, sim):
            board("pressed = []\\n"
                  "Pin(14, Pin.IN, Pin.PULL_UP).irq(lambda pin: pressed.append(pin.value()), Pin.IRQ_FALLING)")
            with sim.pressed(14):
                assert board("Pin(14).value()") == 0
                # The interrupt comes when the board gets to it.
                board("while not pressed: pass")
            assert board("Pin(14).value()") == 1
            assert board("pressed") == [0]
            sim.press(14)

        def test_a_button_is_let_go_of_at_the_end(board, sim):
            assert board("Pin(14, Pin.IN, Pin.PULL_UP).value()") == 1

        def test_i2c(board, sim):
            sensor = sim.i2c(0x48).attach(b"\\x14")
            board("from machine import I2C\\ni2c = I2C(0)")
            assert board("i2c.readfrom_mem(0x48, 0, 1)") == b"\\x14"
            sensor.write(0, [0x28])
            assert board("i2c.readfrom_mem(0x48, 0, 1)") == b"\\x28"
            board("i2c.writeto_mem(0x48, 1, b'!')")
            assert sensor.read(1) == b"!"
            display = sim.i2c(0x27).attach(answers=[b"ok"])
            assert board("i2c.readfrom(0x27, 2)") == b"ok"
            board("i2c.writeto(0x27, b'text')")
            assert display.written() == b"text"

        def test_a_device_is_detached_at_the_end(board, sim):
            assert board("I2C(0).scan()") == []

        def test_analog(board, sim):
            sim.pin(26).voltage(1.65)
            assert abs(board("ADC(26).read_u16()") - 32768) < 500

        def test_pwm(board, sim):
            board("PWM(Pin(15), freq=1000, duty_u16=32768)")
            assert sim.pin(15).pwm["freq"] == 1000

        def test_uart(board, sim):
            board("from machine import UART\\nuart = UART(0, 9600)\\nuart.write('hello')")
            assert sim.uart(0).wait(b"lo") == b"hello"
            sim.uart(0).send(b"hi")
            assert board("uart.read(2)") == b"hi"

        def test_a_cable_that_is_pulled(board, sim):
            sim.unplug()
            with pytest.raises(belay.ConnectionLost):
                board("1")

        def test_the_cable_is_back(board, sim):
            assert board("1 + 1") == 2

        def test_power(board, sim):
            sim.cut_power()
            sim.power_on()
            with pytest.raises(belay.ConnectionLost):
                board("1")

        def test_a_request_that_is_none(board, sim):
            with pytest.raises(belay.testing.SimError):
                sim.request("dance")
        """
    )
    result.assert_outcomes(passed=13)


def test_on_other_boards_it_is_skipped(pytester, run):
    import belay

    source = "def test_it(board, sim): pass"
    with belay.Device("sim:?fresh") as device:
        # A pty is what it seems to be: nobody knows that a simulated board is behind it.
        port = device._belay_session.port
        del device
    result = run(source, "-rs", "--belay-device", f"exec:cat {port}")
    assert result.ret != 0
