"""Measures a minimal mail gateway in SimPy, for comparison with the engine. `make bench` runs it.

Connections arrive at random and bring one or two messages each. A message waits for one of the workers, is scanned and is counted by
the domain of its sender. The program prints the nanoseconds per connection or message. The engine does more for each: it draws senders,
recipients, sizes and verdicts, counts for 42 tables, and delivers.
"""

import random
import sys
import time

try:
    import simpy
except ImportError:
    print("SimPy is not installed, so it is not measured")
    sys.exit(0)

CONNECTIONS = 100_000
DOMAINS = 24_000
WORKERS = 4
REPETITIONS = 3


def simulate(seed):
    """Simulates the connections. Returns the number of connections and messages."""
    draw = random.Random(seed)
    environment = simpy.Environment()
    workers = simpy.Resource(environment, WORKERS)
    connections, messages = [0] * DOMAINS, [0] * DOMAINS

    def message(domain):
        with workers.request() as request:
            yield request
            yield environment.timeout(draw.expovariate(1.0))
        messages[domain] += 1

    def arrivals():
        for _ in range(CONNECTIONS):
            yield environment.timeout(draw.expovariate(2.0))
            domain = draw.randrange(DOMAINS)
            connections[domain] += 1
            for _ in range(draw.randint(1, 2)):
                environment.process(message(domain))

    environment.process(arrivals())
    environment.run()
    return sum(connections) + sum(messages)


def main():
    """Prints the best of some repetitions."""
    best = float("inf")
    for seed in range(REPETITIONS):
        begin = time.perf_counter_ns()
        units = simulate(seed)
        best = min(best, (time.perf_counter_ns() - begin) / units)
    print(f"{best:10.2f}  nanoseconds per connection or message of a minimal gateway in SimPy {simpy.__version__}")


if __name__ == "__main__":
    main()
