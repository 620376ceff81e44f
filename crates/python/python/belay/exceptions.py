"""The exceptions of the package."""


class BelayException(Exception):
    """Every exception of this package is one."""


class AuthenticationError(BelayException):
    """The board refused the password or the user."""


class FeatureUnavailableError(BelayException):
    """The board's firmware lacks what was asked for."""


class SpecialFunctionNameError(BelayException):
    """A function has a name that is kept for Python or for this package.

    These are the names that begin and end with two underscores, and those that begin with ``_belay`` or
    ``__belay``.
    """


class MaxHistoryLengthError(BelayException):
    """More was recorded than a reconnection can do again."""


class DeviceNotFoundError(BelayException):
    """No device matches what was asked for."""


class InsufficientSpecifierError(BelayException):
    """Several devices match what was asked for."""


class ConnectionFailedError(BelayException):
    """The device cannot be connected to."""


class ConnectionLost(ConnectionFailedError):
    """The connection to the device has broken."""


class DeviceClosedError(ConnectionLost, AttributeError):
    """The device has been closed."""


class InternalError(BelayException):
    """Something in this package is wrong."""


class NotBelayResponseError(BelayException):
    """A line of output is no answer of this package's code."""


class NoMatchingExecuterError(BelayException):
    """A method has no variant for the board's implementation of Python."""


class PackageNotFoundError(BelayException):
    """There is no such package."""


class IntegrityError(BelayException):
    """A file is not what its digest says."""


class SourceNotFoundError(BelayException, OSError):
    """A function's source cannot be read, so that it cannot be sent to the board."""


class BelayWarning(UserWarning):
    """Something that was left out, or done in another way than was asked for."""
