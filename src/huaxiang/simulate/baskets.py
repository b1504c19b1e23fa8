"""What is in the orders: their lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from huaxiang.simulate import catalogue, personas
from huaxiang.simulate.arrays import Bools, Ints, Wheel, share
from huaxiang.simulate.orders import Orders, stand_in
from huaxiang.simulate.population import People

_QUANTITIES = Wheel([[0.72, 0.18, 0.06, 0.02, 0.02]])
_FAVOURITE = 0.4


@dataclass(frozen=True)
class Basket:
    """Lines of some orders: `order` is the row of the order, `number` counts from 1, amounts are in hundredths."""

    order: Ints
    number: Ints
    product: Ints
    quantity: Ints
    price: Ints
    discount: Ints
    bargain: Bools

    def totals(self, orders: int) -> Ints:
        """Return what each order comes to."""
        each = self.quantity * self.price - self.discount
        # Sums of whole hundredths stay far below 2**53, so adding them as floats loses nothing.
        return np.bincount(self.order, each, orders).astype(np.int64)


def fill(rng: np.random.Generator, people: People, orders: Orders) -> Basket:
    """Return the lines of `orders`, in their order."""
    order = np.repeat(np.arange(len(orders)), orders.lines)
    first = np.cumsum(orders.lines) - orders.lines
    person = stand_in(rng, orders.person, len(people))[order]
    persona = people.persona[person]
    loved = share(rng, len(person), _FAVOURITE)
    category = np.where(loved, people.favourite[person], personas.likes().draw(rng, persona))
    product = catalogue.choose(rng, category, personas.each("thrift")[persona])
    quantity = _QUANTITIES.draw(rng, np.zeros(len(order), dtype=np.int64)) + 1
    price = np.where(share(rng, len(order), 0.1), catalogue.CENTS[product] * 95 // 100, catalogue.CENTS[product])
    bargain = share(rng, len(order), personas.each("bargains")[persona]) | (orders.coupon[order] >= 0)
    percent = rng.integers(5, 26, len(order)) * bargain
    return Basket(
        order=order,
        number=np.arange(len(order)) - first[order] + 1,
        product=product,
        quantity=quantity,
        price=price,
        discount=quantity * price * percent // 1000 * 10,
        bargain=bargain,
    )
