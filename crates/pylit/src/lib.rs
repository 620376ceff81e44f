//! Parse, write and (de)serialize Python literals, with the extra forms that MicroPython prints.
