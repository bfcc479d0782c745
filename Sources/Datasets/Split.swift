import Tensors

/// The rows of each part, in the order of the file.
package struct SplitRows: Sendable, Hashable {
  package var train: [Int32]
  package var validation: [Int32]
  package var test: [Int32]
  package init(train: [Int32], validation: [Int32] = [], test: [Int32] = []) {
    self.train = train
    self.validation = validation
    self.test = test
  }
}

/// Divides rows; one result, or one for each fold.
///
/// Sizes are exact: floors of the fractions, the rest by largest remainder. With strata (a class for each row), every
/// class is divided in the same way to within one row, and the totals stay exact. Fractions that leave a rest leave
/// rows unused. In a fold, the held-out rows are `test`; a validation fraction is taken from the others.
package func split(_ description: SplitDescription, rows: Int, strata: [Int]? = nil) throws(DataProblem) -> [SplitRows]
{
  precondition(strata.map { $0.count == rows } ?? true, "one stratum for each row")
  precondition(rows < Int(Int32.max), "row numbers have 32 bits")
  switch description.method {
  case .none: return [SplitRows(train: Array(0..<Int32(rows)))]
  case .folds(let count): return try foldRows(description, count, rows, strata)
  case .random, .chronological: break
  }
  let parts = try SplitParts(description)
  try parts.check(rows)
  let assigned: [[Int32]]
  if description.method == .chronological {
    var start: Int32 = 0
    assigned = parts.sizes(of: rows).map { size in
      defer { start += Int32(size) }
      return Array(start..<(start + Int32(size)))
    }
  } else {
    assigned = deal(Array(0..<Int32(rows)), parts, strata, seed: description.seed, path: "split")
  }
  return [SplitRows(train: assigned[0], validation: assigned[1], test: assigned[2])]
}

/// The numbers of training, validation and test rows that a random or chronological split gives.
///
/// - Throws: where a part that is asked for gets no row.
package func splitSizes(_ description: SplitDescription, rows: Int) throws(DataProblem) -> [Int] {
  let parts = try SplitParts(description)
  try parts.check(rows)
  return Array(parts.sizes(of: rows).prefix(3))
}

/// The order in which an epoch visits rows 0 ..< `rows`: a function of seed and epoch, not of history.
package func order(epoch: Int, seed: UInt64, rows: Int) -> [Int32] {
  var random = PhiloxSequence(seed: seed, path: "order \(epoch)")
  var order = Array(0..<Int32(rows))
  shuffle(&order, &random)
  return order
}

/// Fisher–Yates.
private func shuffle(_ rows: inout [Int32], _ random: inout PhiloxSequence) {
  var last = rows.count - 1
  while last > 0 {
    rows.swapAt(last, random.below(last + 1))
    last -= 1
  }
}

/// Fractions over one denominator: train, validation, test, unused.
private struct SplitParts {
  var numerators: [Int]
  var denominator: Int

  init(numerators: [Int], denominator: Int) {
    self.numerators = numerators
    self.denominator = denominator
  }

  init(_ description: SplitDescription) throws(DataProblem) {
    let hasOwnTest = description.testSource != nil
    let fractions = [description.train, description.validation, hasOwnTest ? Fraction(0, 1) : description.test]
    var common = 1
    for fraction in fractions {
      guard fraction.denominator > 0, fraction.numerator >= 0 else { throw .split("a part of a split is 0% to 100%") }
      let reduced = fraction.denominator / greatestDivisor(fraction.denominator, fraction.numerator)
      guard let next = checkedProduct([common / greatestDivisor(common, reduced), reduced]) else {
        throw .split("the parts of the split are written too finely")
      }
      common = next
    }
    numerators = []
    denominator = common
    var rest = common
    for fraction in fractions {
      let divisor = greatestDivisor(fraction.denominator, fraction.numerator)
      guard let part = checkedProduct([common / (fraction.denominator / divisor), fraction.numerator / divisor]),
        part <= rest
      else { throw .split("the parts of the split add up to more than 100%") }
      rest -= part
      numerators.append(part)
    }
    numerators.append(rest)
  }

  /// ⌊rows · part⌋ and what is left of it, in units of 1 / denominator.
  func floors(_ rows: Int) -> [(floor: Int, rest: Int)] {
    numerators.map { numerator in
      let product = rows.multipliedFullWidth(by: numerator)
      let (quotient, remainder) = denominator.dividingFullWidth(product)
      return (quotient, remainder)
    }
  }

  /// Largest remainder; the earlier part wins a tie.
  func sizes(of rows: Int) -> [Int] {
    let floors = floors(rows)
    var sizes = floors.map(\.floor)
    let missing = rows - sizes.reduce(0, +)
    let order = floors.indices.sorted { (floors[$1].rest, $0) < (floors[$0].rest, $1) }
    for part in order.prefix(missing) { sizes[part] += 1 }
    return sizes
  }

  /// Every part asked for has a row.
  func check(_ rows: Int) throws(DataProblem) {
    for (index, size) in sizes(of: rows).prefix(3).enumerated() where numerators[index] > 0 && size == 0 {
      let name = ["train", "validation", "test"][index]
      throw .split("of \(rows) row\(rows == 1 ? "" : "s"), the \(name) part gets none")
    }
  }
}

private func greatestDivisor(_ a: Int, _ b: Int) -> Int {
  var (a, b) = (a, b)
  while b != 0 { (a, b) = (b, a % b) }
  return max(a, 1)
}

/// Deals rows to parts at random; each part in the order of the file.
private func deal(_ rows: [Int32], _ parts: SplitParts, _ strata: [Int]?, seed: Int, path: String) -> [[Int32]] {
  var random = PhiloxSequence(seed: UInt64(bitPattern: Int64(seed)), path: path)
  let groups = strata.map { grouped(rows, by: $0) } ?? [rows]
  let table = apportion(groups.map(\.count), parts)
  var assigned = [[Int32]](repeating: [], count: parts.numerators.count)
  for (group, sizes) in zip(groups, table) {
    var shuffled = group
    shuffle(&shuffled, &random)
    var start = 0
    for (part, size) in sizes.enumerated() {
      assigned[part] += shuffled[start..<(start + size)]
      start += size
    }
  }
  return assigned.map { $0.sorted() }
}

/// Rows by stratum, strata in ascending order.
private func grouped(_ rows: [Int32], by strata: [Int]) -> [[Int32]] {
  var groups: [Int: [Int32]] = [:]
  for row in rows { groups[strata[Int(row)], default: []].append(row) }
  return groups.sorted { $0.key < $1.key }.map(\.value)
}

/// Whole numbers for each group and part: every cell the floor or the ceiling of its exact value, every row sum the
/// group's size, every column sum the exact total of the part (controlled rounding; Cox 1987 shows that it exists).
private func apportion(_ groups: [Int], _ parts: SplitParts) -> [[Int]] {
  let count = parts.numerators.count
  let floors = groups.map { parts.floors($0) }
  var cells = floors.map { $0.map(\.floor) }
  var groupNeeds = zip(groups, cells).map { $0 - $1.reduce(0, +) }
  var partNeeds = parts.sizes(of: groups.reduce(0, +))
  for row in cells { for part in 0..<count { partNeeds[part] -= row[part] } }
  var raised = [[Bool]](repeating: [Bool](repeating: false, count: count), count: groups.count)
  let order = groups.indices.flatMap { group in (0..<count).map { (group, $0) } }
    .filter { floors[$0.0][$0.1].rest > 0 }
    .sorted { a, b in
      let (x, y) = (floors[a.0][a.1].rest, floors[b.0][b.1].rest)
      return x != y ? x > y : a < b
    }
  for (group, part) in order where groupNeeds[group] > 0 && partNeeds[part] > 0 {
    raised[group][part] = true
    groupNeeds[group] -= 1
    partNeeds[part] -= 1
  }
  for group in groups.indices {
    while groupNeeds[group] > 0 {
      raise(group, floors, &raised, &partNeeds)
      groupNeeds[group] -= 1
    }
  }
  for group in groups.indices { for part in 0..<count where raised[group][part] { cells[group][part] += 1 } }
  return cells
}

/// Gives a group one more unit along a shortest alternating path to a part that still needs one.
private func raise(
  _ group: Int, _ floors: [[(floor: Int, rest: Int)]], _ raised: inout [[Bool]], _ partNeeds: inout [Int]
) {
  let count = partNeeds.count
  var reached = [(group: Int, from: Int)?](repeating: nil, count: count)
  var queue = (0..<count).filter { floors[group][$0].rest > 0 && !raised[group][$0] }
  for part in queue { reached[part] = (group, -1) }
  var next = 0
  while next < queue.count {
    let part = queue[next]
    next += 1
    if partNeeds[part] > 0 {
      partNeeds[part] -= 1
      var at = part
      while at >= 0, let step = reached[at] {
        raised[step.group][at] = true
        if step.from >= 0 { raised[step.group][step.from] = false }
        at = step.from
      }
      return
    }
    for other in raised.indices where other != group && raised[other][part] {
      for target in 0..<count where reached[target] == nil && floors[other][target].rest > 0 && !raised[other][target] {
        reached[target] = (other, part)
        queue.append(target)
      }
    }
  }
  preconditionFailure("a controlled rounding exists")
}

private func foldRows(_ description: SplitDescription, _ count: Int, _ rows: Int, _ strata: [Int]?)
  throws(DataProblem) -> [SplitRows]
{
  guard count >= 2 else { throw .split("cross-validation needs at least 2 folds") }
  guard count <= rows else { throw .split("\(count) folds need at least \(count) rows; there are \(rows)") }
  var random = PhiloxSequence(seed: UInt64(bitPattern: Int64(description.seed)), path: "folds")
  var folds = [[Int32]](repeating: [], count: count)
  var position = 0
  for group in strata.map({ grouped(Array(0..<Int32(rows)), by: $0) }) ?? [Array(0..<Int32(rows))] {
    var shuffled = group
    shuffle(&shuffled, &random)
    for row in shuffled {
      folds[position % count].append(row)
      position += 1
    }
  }
  let parts = try foldParts(description)
  var results: [SplitRows] = []
  for held in folds.indices {
    let others = folds.indices.filter { $0 != held }.flatMap { folds[$0] }.sorted()
    guard let parts else {
      results.append(SplitRows(train: others, test: folds[held].sorted()))
      continue
    }
    try parts.check(others.count)
    let dealt = deal(others, parts, strata, seed: description.seed, path: "fold \(held)")
    results.append(SplitRows(train: dealt[0], validation: dealt[1], test: folds[held].sorted()))
  }
  return results
}

/// How the rows beside a held-out fold are dealt; nil where all of them train.
private func foldParts(_ description: SplitDescription) throws(DataProblem) -> SplitParts? {
  let fraction = description.validation
  if fraction.numerator <= 0 { return nil }
  guard fraction.denominator > fraction.numerator else { throw .split("validation takes every row") }
  return SplitParts(
    numerators: [fraction.denominator - fraction.numerator, fraction.numerator, 0, 0],
    denominator: fraction.denominator)
}

/// Checks that beside every held-out fold there are rows for validation and for training, if validation leaves some.
package func checkFolds(_ description: SplitDescription, count: Int, rows: Int) throws(DataProblem) {
  guard let parts = try? foldParts(description) else { return }
  for held in [rows / count, (rows + count - 1) / count] { try parts.check(rows - held) }
}
