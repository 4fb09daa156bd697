"""An adapter that prints; what its import prints stays in a buffer."""

print("imported")


def instrument(providers: object) -> None:
    print("set up", flush=True)
