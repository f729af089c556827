"""Exchange of dictionaries with other libraries: SAELens's format, and plain safetensors."""
