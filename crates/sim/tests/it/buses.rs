//! I2C and SPI, and the devices on them.

use std::sync::{Arc, Mutex};

use belay_sim::{Answers, I2cDevice, I2cTransfer, Registers, SpiDevice};

use crate::host::raw_board;

fn facts(transfer: &I2cTransfer) -> (&str, u8, bool, bool, &[u8]) {
    let I2cTransfer {
        bus,
        address,
        read,
        acknowledged,
        data,
        ..
    } = transfer;
    (bus, *address, *read, *acknowledged, data)
}

#[test]
fn i2c_reaches_registers() {
    let (board, mut host) = raw_board();
    let sensor = Arc::new(Mutex::new(Registers::new(256)));
    sensor.lock().unwrap().set(0xd0, &[0x60, 1, 2]);
    board.attach_i2c("0", 0x76, Arc::clone(&sensor));
    board.attach_i2c("5/4", 0x50, Registers::new(1024).number_width(2));
    let output = host.exec(
        "from machine import I2C, SoftI2C, Pin\ni = I2C(0, scl=Pin(5), sda=Pin(4), freq=100000)\nprint(i, i.scan())\n\
         print(i.readfrom_mem(0x76, 0xd0, 3))\ni.writeto_mem(0x76, 0xf4, b'\\x27\\x28')\n\
         b = bytearray(2)\ni.readfrom_mem_into(0x76, 0xf4, b)\nprint(b)\n\
         print(i.writeto(0x76, b'\\xd0', False), i.readfrom(0x76, 1))\ni.readfrom_into(0x76, b)\nprint(b)\n\
         print(i.writevto(0x76, (b'\\xf5', b'', bytearray(b'\\x99'))))\n\
         s = SoftI2C(Pin(5), Pin(4))\nprint(s, s.scan())\ns.writeto_mem(0x50, 0x1ff, b'xyz', addrsize=16)\n\
         print(i.readfrom_mem(0x50, 0x200, 2, addrsize=16), I2C(1).scan())",
    );
    assert_eq!(
        output,
        "I2C(0, freq=100000, scl=5, sda=4) [80, 118]\r\nb'`\\x01\\x02'\r\nbytearray(b\"'(\")\r\n1 b'`'\r\n\
         bytearray(b'\\x01\\x02')\r\n2\r\nSoftI2C(scl=5, sda=4, freq=400000) [80]\r\nb'yz' []\r\n"
    );
    assert_eq!(sensor.lock().unwrap().get(0xf4), 0x27);
    assert_eq!(sensor.lock().unwrap().get(0xf5), 0x99);
    let log = board.i2c_log();
    assert_eq!(facts(&log[0]), ("0", 0x76, false, true, &[0xd0][..]));
    assert_eq!(facts(&log[1]), ("0", 0x76, true, true, &[0x60, 1, 2][..]));
    assert!(board.detach_i2c("0", 0x76));
    assert!(!board.detach_i2c("0", 0x76));
    assert_eq!(host.exec("print(i.scan())"), "[80]\r\n");
}

#[test]
fn absent_i2c_devices_do_not_acknowledge() {
    let (board, mut host) = raw_board();
    host.exec("from machine import I2C, SoftI2C\ni = I2C(1)\ns = SoftI2C(1, 0)");
    for call in [
        "i.readfrom(0x20, 1)",
        "i.writeto(0x20, b'')",
        "i.readfrom_mem(0x20, 0, 1)",
        "s.writeto_mem(0x20, 0, b'x')",
        "s.readfrom(500, 1)",
    ] {
        let (_, error) = host.try_exec(call);
        assert!(
            error.contains("OSError: [Errno 19] ENODEV"),
            "{call}: {error:?}"
        );
    }
    let log = board.i2c_log();
    assert_eq!(facts(&log[0]), ("1", 0x20, true, false, &[][..]));
    assert_eq!(facts(&log[3]), ("1/0", 0x20, false, false, &[][..]));
    for (wrong, error) in [
        ("I2C(2)", "I2C(2) doesn't exist"),
        ("I2C(0, freq=0)", "ValueError"),
        ("i.readfrom_mem(0x20, 0, 1, addrsize=7)", "ValueError"),
        ("i.writeto(0x20, [1, 2])", "TypeError"),
        ("i.start()", "AttributeError"),
        ("i.readfrom(0x20, -1)", "OSError"),
    ] {
        let said = host.try_exec(wrong).1;
        assert!(said.contains(error), "{wrong}: {said:?}");
    }
}

#[test]
fn software_i2c_has_its_primitives() {
    let (board, mut host) = raw_board();
    let memory = Arc::new(Mutex::new(Registers::new(256)));
    board.attach_i2c("9/8", 0x50, Arc::clone(&memory));
    let output = host.exec(
        "from machine import SoftI2C\ns = SoftI2C(9, 8)\n\
         s.start()\nprint(s.write(b'\\xa0\\x10'), s.write(b'abc'))\ns.stop()\n\
         s.start()\ns.write(b'\\xa0\\x11')\ns.start()\ns.write(b'\\xa1')\nb = bytearray(2)\n\
         s.readinto(b)\ns.stop()\nprint(b)\n\
         s.start()\nprint(s.write(b'\\x42\\x00'))\ns.readinto(b)\ns.stop()\nprint(b)",
    );
    assert_eq!(
        output,
        "2 3\r\nbytearray(b'bc')\r\n0\r\nbytearray(b'\\xff\\xff')\r\n"
    );
    assert_eq!(&memory.lock().unwrap().memory()[0x10..0x13], b"abc");
}

#[test]
fn interrupts_leave_the_buses_whole() {
    let (board, mut host) = raw_board();
    board.attach_i2c("0", 0x40, Registers::new(256));
    host.exec("from machine import I2C, Pin\ni = I2C(0)");
    for round in 0..150_u32 {
        host.send(
            b"print('go')\nwhile True:\n    i.writeto_mem(0x40, 0, b'\\x01\\x02')\n    \
              i.readfrom_mem(0x40, 0, 2)\n\x04",
        );
        host.until("OKgo\r\n");
        for _ in 0..round % 50 {
            std::hint::spin_loop();
        }
        host.send(b"\x03");
        let (_, error) = host.finish();
        assert!(error.contains("KeyboardInterrupt"), "{round}: {error:?}");
    }
    assert_eq!(
        host.exec("print(i.readfrom_mem(0x40, 0, 2), Pin(1).value())"),
        "b'\\x01\\x02' 0\r\n"
    );
}

/// Takes three bytes at a time, and is out of order.
struct Picky;

impl I2cDevice for Picky {
    fn write(&mut self, bytes: &[u8]) -> usize {
        bytes.len().min(3)
    }

    fn read(&mut self, _: &mut [u8]) {
        std::panic::panic_any("the device is out of order");
    }
}

#[test]
fn devices_refuse_and_fail() {
    let (board, mut host) = raw_board();
    board.attach_i2c("0", 0x11, Picky);
    host.exec("from machine import I2C\ni = I2C(0)");
    assert_eq!(host.exec("print(i.writeto(0x11, b'12345'))"), "3\r\n");
    assert_eq!(board.i2c_log()[0].data, b"123");
    let (_, error) = host.try_exec("i.readfrom(0x11, 1)");
    assert!(error.contains("OSError: [Errno 5] EIO"), "{error:?}");
    assert_eq!(host.exec("print(i.scan())"), "[17]\r\n");
}

#[test]
fn prepared_answers_come_in_their_order() {
    let (board, mut host) = raw_board();
    let device = Arc::new(Mutex::new(Answers::new()));
    device.lock().unwrap().push(*b"first");
    device.lock().unwrap().push(*b"second");
    board.attach_i2c("0", 0x21, Arc::clone(&device));
    let output = host.exec(
        "from machine import I2C\ni = I2C(0)\ni.writeto(0x21, b'?')\n\
         print(i.readfrom(0x21, 5), i.readfrom(0x21, 7), i.readfrom(0x21, 1))",
    );
    assert_eq!(output, "b'first' b'second\\xff' b'\\xff'\r\n");
    assert_eq!(device.lock().unwrap().take_written(), b"?");
}

#[test]
fn spi_selects_by_pin() {
    let (board, mut host) = raw_board();
    let chip = Arc::new(Mutex::new(Registers::new(128)));
    chip.lock().unwrap().set(0x0f, &[0x33, 0x44]);
    board.attach_spi("0", Some("17"), Arc::clone(&chip));
    let other = Arc::new(Mutex::new(Answers::new()));
    other.lock().unwrap().push(*b"\x00AB");
    board.attach_spi("0", Some("CS2"), Arc::clone(&other));
    let output = host.exec(
        "from machine import SPI, Pin\ncs = Pin(17, Pin.OUT, value=1)\ncs2 = Pin('CS2', Pin.OUT, value=1)\n\
         s = SPI(0, 1_000_000, polarity=1, phase=1, sck=Pin(2), mosi=Pin(3), miso=Pin(4))\n\
         print(s, s.read(2))\n\
         cs(0)\ns.write(b'\\x8f')\nprint(s.read(2))\ncs(1)\n\
         cs(0)\ns.write(b'\\x20\\x07')\ns.write(b'\\x08')\ncs(1)\n\
         cs(0)\nr = bytearray(3)\ns.write_readinto(b'\\xa0\\x00\\x00', r)\ncs(1)\nprint(r)\n\
         cs2(0)\nb = bytearray(2)\ns.write(b'?')\ns.readinto(b, 0x55)\ncs2(1)\nprint(b)",
    );
    assert_eq!(
        output,
        "SPI(0, baudrate=1000000, polarity=1, phase=1, bits=8) b'\\xff\\xff'\r\nb'3D'\r\n\
         bytearray(b'\\xff\\x07\\x08')\r\nbytearray(b'AB')\r\n"
    );
    assert_eq!(chip.lock().unwrap().get(0x21), 8);
    assert_eq!(other.lock().unwrap().take_written(), b"?\x55\x55");
    let log = board.spi_log();
    assert_eq!((log[0].answered, log[0].select.as_deref()), (false, None));
    assert_eq!((log[1].mode, &log[1].written[..]), (3, &[0x8f][..]));
    assert_eq!(log[1].select.as_deref(), Some("17"));
    assert_eq!(log.last().unwrap().select.as_deref(), Some("CS2"));
    assert!(board.detach_spi("0", Some("17")));
    assert!(!board.detach_spi("0", Some("17")));
}

/// Says the complement of what it hears.
struct Complement;

impl SpiDevice for Complement {
    fn transfer(&mut self, written: &[u8], read: &mut [u8]) {
        for (answer, byte) in read.iter_mut().zip(written) {
            *answer = !byte;
        }
    }
}

#[test]
fn software_spi_goes_by_its_lines() {
    let (board, mut host) = raw_board();
    board.attach_spi("6/7/8", None, Complement);
    let output = host.exec(
        "from machine import SoftSPI, SPI\ns = SoftSPI(sck=6, mosi=7, miso=8)\n\
         b = bytearray(b'\\x01\\x02')\ns.write_readinto(b, b)\nprint(s, b)\n\
         print(SPI(1, sck=6, mosi=7, miso=8).read(1, 0xf0), SPI(1).read(1))",
    );
    assert_eq!(
        output,
        "SoftSPI(baudrate=500000, polarity=0, phase=0, bits=8) bytearray(b'\\xfe\\xfd')\r\nb'\\x0f' b'\\xff'\r\n"
    );
    for (wrong, error) in [
        ("SPI(7)", "SPI(7) doesn't exist"),
        ("SPI(0, bits=16)", "NotImplementedError"),
        ("SPI(0, firstbit=SPI.LSB)", "NotImplementedError"),
        ("s.write_readinto(b'1', bytearray(2))", "same length"),
        ("s.init(0)", "ValueError"),
    ] {
        let said = host.try_exec(wrong).1;
        assert!(said.contains(error), "{wrong}: {said:?}");
    }
}
