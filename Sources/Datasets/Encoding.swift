import Tensors

/// A table's column as a program uses it.
func encode(_ column: TableColumn, _ role: ColumnUse.Role, _ categories: CategoryList?, _ path: String)
  throws(DataProblem) -> Dataset.Column
{
  var result = Dataset.Column(
    name: column.name, role: role, shape: [], values: .float32([]), categories: nil, isPresent: true, missing: 0,
    unseen: [])
  switch (role, column.storage) {
  case (.number, .number(let values)):
    result.missing = values.count { $0.isNaN }
    result.values = .float32(values.map(Float.init))
  case (.number, .tensor(let shape, let values)):
    guard shape.isEmpty || shape == [1] else {
      throw .columnKind(path, column.name, "holds a tensor \(shape) in each row, not a number")
    }
    result.values = .float32(values.doubles.map(Float.init))
  case (.number, .text(let codes, let dictionary)):
    // The same column is also used as a category.
    let numbers = dictionary.map { number(from: $0) }
    if let bad = numbers.firstIndex(of: nil) {
      throw .columnKind(path, column.name, "holds \(shownValue(dictionary[bad])), which is not a number")
    }
    result.missing = codes.count { $0 < 0 }
    result.values = .float32(codes.map { $0 < 0 ? .nan : Float(numbers[Int($0)]!) })
  case (.category, .text(let codes, let dictionary)):
    let list = categories ?? CategoryList(distinct: dictionary, mayBeNumeric: !column.isTokens)
    let map = dictionary.map { list.code(of: $0) }
    result.missing = codes.count { $0 < 0 }
    result.values = .int32(codes.map { $0 < 0 ? -1 : map[Int($0)] })
    result.categories = list
    result.unseen = unseen(codes, map) { dictionary[$0] }
  case (.category, .number(let values)): encodeNumbers(values, categories, &result)
  case (.category, .tensor(let shape, let values)):
    guard shape.isEmpty || shape == [1] else {
      throw .columnKind(path, column.name, "holds a tensor \(shape) in each row, not a class")
    }
    encodeNumbers(values.doubles, categories, &result)
  case (.tensor, .tensor(let shape, let values)):
    result.shape = shape
    result.values = values
    if shape.isEmpty, case .uint8(let bytes) = values { result.values = .int32(bytes.map(Int32.init)) }
  case (.tensor, .number), (.tensor, .text):
    throw .columnKind(path, column.name, "holds one value a row, not a tensor")
  }
  return result
}

/// Classes that are written as numbers.
private func encodeNumbers(_ values: [Double], _ categories: CategoryList?, _ result: inout Dataset.Column) {
  let distinct = DistinctNumbers(values)
  let list = categories ?? CategoryList(distinct: distinct.sorted.map(numberText))
  let map = distinct.sorted.map { list.code(of: $0) }
  let positions = values.map { $0.isNaN ? Int32(-1) : Int32(distinct.position(of: $0)) }
  result.missing = values.count { $0.isNaN }
  result.values = .int32(positions.map { $0 < 0 ? -1 : map[Int($0)] })
  result.categories = list
  result.unseen = unseen(positions, map) { numberText(distinct.sorted[$0]) }
}

/// The values that the list does not have: at most ten, the most frequent first.
private func unseen(_ codes: [Int32], _ map: [Int32], text: (Int) -> String) -> [Dataset.Unseen] {
  guard map.contains(-1) else { return [] }
  var counts = [Int](repeating: 0, count: map.count)
  for code in codes where code >= 0 { counts[Int(code)] += 1 }
  let found = map.indices.filter { map[$0] < 0 && counts[$0] > 0 }.sorted { (counts[$1], $0) < (counts[$0], $1) }
  return found.prefix(10).map { index in
    let first = codes.firstIndex(of: Int32(index)) ?? 0
    return Dataset.Unseen(value: text(index), rows: counts[index], firstRow: first + 1)
  }
}

/// The distinct numbers of a column, without NaN; −0 is 0.
func distinctNumbers(_ values: [Double]) -> WordSet {
  var set = WordSet()
  for value in values where !value.isNaN { set.insert((value + 0).bitPattern) }
  return set
}

/// The distinct numbers of a column in order.
struct DistinctNumbers {
  let sorted: [Double]

  init(_ values: [Double]) { self.init(distinctNumbers(values)) }

  init(_ set: WordSet) { sorted = set.words.map { Double(bitPattern: $0) }.sorted() }

  /// The index of a number that is there.
  func position(of value: Double) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// A set of 64-bit words by open addressing; many times faster than `Set` here.
struct WordSet {
  private(set) var words: [UInt64] = []
  private var slots = [Int32](repeating: 0, count: 64)

  mutating func insert(_ word: UInt64) {
    var slot = Self.home(word, slots.count)
    while slots[slot] != 0 {
      if words[Int(slots[slot]) - 1] == word { return }
      slot = (slot + 1) & (slots.count - 1)
    }
    words.append(word)
    slots[slot] = Int32(words.count)
    if words.count * 2 > slots.count { grow() }
  }

  private static func home(_ word: UInt64, _ count: Int) -> Int {
    Int(truncatingIfNeeded: foldedProduct(word ^ 0x9e37_79b9_7f4a_7c15, 0xa076_1d64_78bd_642f)) & (count - 1)
  }

  private mutating func grow() {
    slots = [Int32](repeating: 0, count: slots.count * 2)
    for (index, word) in words.enumerated() {
      var slot = Self.home(word, slots.count)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(index + 1)
    }
  }
}
