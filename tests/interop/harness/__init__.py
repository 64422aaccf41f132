"""What the interop cases stand on: peers, processes, waiting, and a wire encoder that shares nothing with the product."""
