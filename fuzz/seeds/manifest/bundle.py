metadata(
    version="0.2.0",
    description="What a board with a network needs.",
)

require("mip")
require("ntptime")
require("ssl")

# Kept for those that know it under its old name.
require("urequests")
