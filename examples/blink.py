"""Blink the LED on pin 25 (a Raspberry Pi Pico's own) a few times, then stop."""

import time
from machine import Pin

BLINKS = 5
HALF_PERIOD_MS = 100

led = Pin(25, Pin.OUT)

for blink in range(1, BLINKS + 1):
    led.value(1)
    time.sleep_ms(HALF_PERIOD_MS)
    led.value(0)
    time.sleep_ms(HALF_PERIOD_MS)
    print("blink", blink, "of", BLINKS)
