"""Time calls in turn, so that all of them meet the same load of the machine."""

import statistics


def in_turn(timers, rounds):
    """Call each timer once a round, and return one list of seconds a name.

    A timer takes nothing and returns the seconds of what it times. Its first call does not count.
    Who goes first has warmer caches or colder ones: every other round goes the other way.
    """
    for timer in timers.values():
        timer()
    names, times = [*timers], {name: [] for name in timers}
    for number in range(rounds):
        for name in names[:: -1 if number % 2 else 1]:
            times[name].append(timers[name]())
    return times


def ratio(times, others):
    """Return the median of other seconds by own: above 1, the own ones are fewer."""
    return statistics.median(b / a for a, b in zip(times, others, strict=True))
