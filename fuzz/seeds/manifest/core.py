metadata(version="0.1.0")

# Part of a package whose files are in a folder of another name.
package(
    "radio",
    files=(
        "__init__.py",
        "core.py",
    ),
    base_path="../radio",
)
