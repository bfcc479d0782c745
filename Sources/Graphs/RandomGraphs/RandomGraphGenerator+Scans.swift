import Tensors

// Loops with gates, tables and loops inside.
extension RandomGraphGenerator {
  /// Two states and stacked gates, over rows of a table or over a value.
  mutating func growGatedScan() {
    let b = builder
    let length = 1 + random.below(6)
    let units = 1 + random.below(3)
    let width = 1 + random.below(4)
    let rows = 1 + random.below(3)
    let table = leaf([rows, width], isShared: true)
    let places = indices([length], below: rows, isShared: false)
    let weights = [
      leaf([width, 4 * units], isShared: true), leaf([units, 4 * units], isShared: true),
      leaf([4 * units], isShared: true),
    ]
    let looksUpInside = random.below(2) == 0
    let sequence = looksUpInside ? places : b.gather(table.id, places)
    let zeros = b.lift(b.fill(0, shape: [units]))
    let start = random.below(2) == 0 ? zeros : leaf([units], isShared: false).id
    let result = b.scan(over: [sequence], from: [start, zeros], isReversed: random.below(2) == 0) {
      inner, states, elements in
      let captured = weights.map { inner.capture($0.id) }
      let x = looksUpInside ? inner.gather(inner.capture(table.id), elements[0]) : elements[0]
      let input = inner.add(inner.contract(x, captured[0]), captured[2])
      let gates = inner.add(input, inner.contract(states[0], captured[1]))
      let part = { (index: Int) in inner.slice(gates, axis: 0, index * units..<(index + 1) * units) }
      let kept = inner.multiply(inner.sigmoid(part(1)), states[1])
      let cell = inner.tanh(inner.add(kept, inner.multiply(inner.sigmoid(part(0)), inner.tanh(part(2)))))
      return ([inner.multiply(inner.sigmoid(part(3)), cell), cell], [])
    }
    let scores = b.contract(result.states[0], leaf([units, 3], isShared: true).id)
    add(scores, 6, false)
    add(result.states[random.below(2)], 1, false)
    if length > 1 { add(b.slice(result.states[0], axis: 0, length - 1..<length), 1, false) }
  }

  /// A loop inside of a loop, with draws that differ from step to step.
  mutating func growNestedScan() {
    let b = builder
    let (length, inside, units) = (1 + random.below(4), 1 + random.below(3), 1 + random.below(3))
    let x = leaf([length, inside, units], isShared: false)
    let weight = leaf([units, units], isShared: true)
    let zeros = b.lift(b.fill(0, shape: [units]))
    let path = "nested \(pool.count)"
    let (isReversed, isReversedInside) = (random.below(2) == 0, random.below(2) == 0)
    let result = b.scan(over: [x.id], from: [zeros], isReversed: isReversed) { outer, states, elements in
      let kernel = outer.capture(weight.id)
      let rows = outer.scan(over: [elements[0]], from: [states[0]], isReversed: isReversedInside) {
        inner, carried, parts in
        let noise = inner.random(RandomDraw(.uniform, path: path), shape: [units], isShared: false)
        let sum = inner.add(inner.contract(carried[0], inner.capture(kernel)), parts[0])
        return ([inner.tanh(inner.add(sum, noise))], [])
      }
      let all = outer.reduceSum(rows.states[0], axes: [0])
      return ([outer.tanh(all)], [outer.square(all)])
    }
    add(result.states[0], 1, false)
    add(result.outputs[0], 30, false)
  }
}
