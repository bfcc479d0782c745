// Movements, reductions, products, tables and crossings.
extension RandomGraphGenerator {
  mutating func growMovement() {
    let x = pick()
    let shape = self.shape(x)
    let b = builder
    let rank = shape.count
    switch random.below(7) {
    case 0:
      let count = shape.reduce(1, *)
      let split = count > 0 && count % 2 == 0 ? [2, count / 2] : [1, count]
      add(b.reshape(x.id, random.below(2) == 0 ? [count] : split), x.bound, x.isExact)
    case 1: add(b.permute(x.id, random.permutation(rank)), x.bound, x.isExact)
    case 2:
      guard b.type(of: x.id).count <= 128 else { return }
      let at = random.below(rank + 1)
      var wide = shape
      wide.insert([1, 2, 3][random.below(3)], at: at)
      add(b.broadcast(x.id, shape: wide, axes: wide.indices.filter { $0 != at }), x.bound, x.isExact)
    case 3:
      let starts = shape.map { random.below($0 + 1) }
      let stops = zip(shape, starts).map { $1 + random.below($0 - $1 + 1) }
      add(
        b.slice(x.id, starts: starts, stops: stops, steps: shape.map { _ in 1 + random.below(3) }), x.bound, x.isExact)
    case 4:
      guard b.type(of: x.id).count <= 128, rank <= 3 else { return }
      let amounts = { (g: inout RandomGraphGenerator) in shape.map { _ in g.random.below(3) } }
      add(
        b.pad(x.id, low: amounts(&self), high: amounts(&self), interior: shape.map { _ in random.below(2) }), x.bound,
        x.isExact)
    case 5:
      guard rank > 0, b.type(of: x.id).count <= 256 else { return }
      let axis = random.below(rank)
      let isShared = b.type(of: x.id).isShared
      var other = shape
      other[axis] = random.below(4)
      let y = leaf(other, isShared: isShared)
      add(b.concat([x.id, y.id, x.id], axis: axis), max(x.bound, 2), x.isExact && y.isExact)
    default: add(b.stopGradient(x.id), x.bound, x.isExact)
    }
  }

  mutating func growReduction() {
    let x = random.below(2) == 0 ? pick() : pickExact()
    let shape = self.shape(x)
    let axes = shape.indices.filter { _ in random.below(2) == 0 }
    let count = Double(axes.reduce(1) { $0 * shape[$1] })
    let b = builder
    switch random.below(4) {
    case 0: add(b.reduceSum(x.id, axes: axes), x.bound * count, x.isExact && x.bound * count <= 64)
    case 1:
      guard count > 0 else { return }
      add(b.mean(x.id, axes: axes), x.bound, false)
    case 2:
      guard x.isExact, count > 0 else { return }
      add(b.reduceMax(x.id, axes: axes), x.bound, true)
    default:
      guard x.isExact, let axis = axes.first, shape[axis] > 0 else { return }
      let best = b.argMax(x.id, axis: axis)
      add(b.oneHot(best, depth: shape[axis]), 1, true)
    }
  }

  mutating func growProduct() {
    let x = pick()
    let shape = self.shape(x)
    let b = builder
    let matrix = shape.count >= 2 ? x.id : b.reshape(x.id, [1, shape.reduce(1, *)])
    let sizes = b.shape(of: matrix)
    let (transposeA, transposeB) = (random.below(2) == 0, random.below(2) == 0)
    let inner = transposeA ? sizes[sizes.count - 2] : sizes[sizes.count - 1]
    let columns = 1 + random.below(6)
    let isSquare = random.below(4) == 0
    let leading = random.below(2) == 0 ? Array(sizes.dropLast(2)) : []
    if isSquare && !b.type(of: x.id).isShared {
      let count = Double(sizes.reduce(1, *) * batch)
      add(b.matmul(matrix, matrix, transposeA: true, sumsBatch: true), x.bound * x.bound * count, false)
      return
    }
    let y = leaf(leading + (transposeB ? [columns, inner] : [inner, columns]), isShared: random.below(3) > 0)
    let product = b.matmul(matrix, y.id, transposeA: transposeA, transposeB: transposeB)
    add(product, x.bound * y.bound * Double(max(1, inner)), false)
  }

  mutating func growTable() {
    let isShared = random.below(2) == 0
    let rows = 1 + random.below(6)
    let width = random.below(2) == 0 ? [] : [1 + random.below(4)]
    let at = random.below(2) == 0 ? [] : [random.below(5)]
    let table = leaf([rows] + width, isShared: isShared || random.below(2) == 0)
    let places = indices(at, below: rows, isShared: isShared && builder.type(of: table.id).isShared)
    let read = add(builder.gather(table.id, places), 2, table.isExact)
    let perExample = !builder.type(of: read.id).isShared
    let sum = builder.scatterAdd(
      indices: places, updates: read.id, rows: rows + 1, sumsBatch: perExample && random.below(2) == 0)
    add(sum, 2 * Double(max(1, at.reduce(1, *)) * batch), false)
  }

  mutating func growCrossing() {
    let x = pick()
    let b = builder
    if b.type(of: x.id).isShared {
      add(b.lift(x.id), x.bound, x.isExact)
    } else if random.below(2) == 0 {
      add(b.batchSum(x.id), x.bound * Double(batch), false)
    } else {
      add(b.subtract(x.id, b.meanOverBatch(x.id)), 2 * x.bound, false)
    }
  }
}
