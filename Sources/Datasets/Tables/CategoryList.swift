/// The values of a category, sorted; a value's code is its index. Saved with the weights.
package struct CategoryList: Sendable, Hashable, Codable {
  /// As they are written in the file; by number where all are numbers, else by Unicode scalars.
  package let values: [String]
  package let isNumeric: Bool
  private let numbers: [Double]

  private enum CodingKeys: String, CodingKey { case values, isNumeric }

  /// From distinct texts in any order. Texts of the same number (`1` and `1.0`) are one category, named by the
  /// shortest, unless `mayBeNumeric` is false.
  package init(distinct texts: [String], mayBeNumeric: Bool = true) {
    let parsed = mayBeNumeric ? texts.map { number(from: $0) } : []
    isNumeric = !parsed.isEmpty && parsed.allSatisfy { $0 != nil }
    guard isNumeric else {
      values = texts.sorted(by: precedes)
      numbers = []
      return
    }
    let sorted = zip(parsed, texts).map { (number: $0.0!, text: $0.1) }.sorted {
      ($0.number, $0.text.utf8.count) != ($1.number, $1.text.utf8.count)
        ? ($0.number, $0.text.utf8.count) < ($1.number, $1.text.utf8.count) : precedes($0.text, $1.text)
    }
    var numbers: [Double] = []
    var values: [String] = []
    for (number, text) in sorted where numbers.last != number {
      numbers.append(number)
      values.append(text)
    }
    self.numbers = numbers
    self.values = values
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let texts = try container.decode([String].self, forKey: .values)
    self.init(distinct: texts, mayBeNumeric: try container.decode(Bool.self, forKey: .isNumeric))
    guard values.map({ Array($0.utf8) }) == texts.map({ Array($0.utf8) }) else {
      throw DecodingError.dataCorruptedError(forKey: .values, in: container, debugDescription: "unsorted categories")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(values, forKey: .values)
    try container.encode(isNumeric, forKey: .isNumeric)
  }

  package var count: Int { values.count }

  /// The code of a text, or −1 where the list does not have it.
  package func code(of text: String) -> Int32 {
    if isNumeric { return number(from: text).map(code(of:)) ?? -1 }
    let index = lowerBound(values.count) { precedes(values[$0], text) }
    return index < values.count && values[index].utf8.elementsEqual(text.utf8) ? Int32(index) : -1
  }

  /// The code of a number, or −1.
  package func code(of number: Double) -> Int32 {
    guard isNumeric else { return number.isNaN ? -1 : code(of: numberText(number)) }
    let index = lowerBound(numbers.count) { numbers[$0] < number }
    return index < numbers.count && numbers[index] == number ? Int32(index) : -1
  }

  /// The text of a code; nil for −1.
  package func text(of code: Int32) -> String? { values.indices.contains(Int(code)) ? values[Int(code)] : nil }

  /// The first index in 0 ..< count that is not before.
  private func lowerBound(_ count: Int, isBefore: (Int) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
