// The part of Foundation that brings no tables of languages with it, which take longer to load than a file to check.
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The summaries of the sources of a program, as they were when a run began: with them the program is checked again
/// where its data are not at hand.
package struct SavedSummaries: Sendable, Hashable, Codable {
  private struct Entry: Sendable, Hashable, Codable {
    var kind: String
    var paths: [String: String]
    var options: [String: String]
    var summary: DataSummary
  }
  private var entries: [Entry] = []

  package init() {}

  /// Reads what ``encoded()`` wrote; nil where it is something else.
  package init?(decoding bytes: [UInt8]) {
    guard let known = try? SummaryCoding.decode(SavedSummaries.self, bytes) else { return nil }
    self = known
  }

  package subscript(_ source: SourceDescription) -> DataSummary? {
    entries.first { $0.kind == source.kind && $0.paths == source.paths && $0.options == source.options }?.summary
  }

  /// Keeps a summary, without the single values of measured columns.
  package mutating func add(_ summary: DataSummary, of source: SourceDescription) {
    guard self[source] == nil else { return }
    var short = summary
    for index in short.columns.indices where short.columns[index].kind == .number {
      if short.columns[index].distinctCount > 1_000 {
        short.columns[index].values = nil
        short.columns[index].firstRows = nil
      }
    }
    entries.append(Entry(kind: source.kind, paths: source.paths, options: source.options, summary: short))
  }

  /// Drops the single values of columns of text, but for columns of classes: they may be whole documents, and nothing
  /// is checked against them.
  ///
  /// - Parameter classes: the columns whose values are classes or tokens, by source; one source may occur twice.
  package mutating func keepTexts(of classes: [(source: SourceDescription, keys: [ColumnUse.Key])]) {
    for place in entries.indices {
      let entry = entries[place]
      let keys = classes.filter {
        $0.source.kind == entry.kind && $0.source.paths == entry.paths && $0.source.options == entry.options
      }.flatMap(\.keys)
      for (index, column) in entry.summary.columns.enumerated() where column.kind == .text {
        if keys.contains(.name(column.name)) || keys.contains(.position(index + 1)) { continue }
        entries[place].summary.columns[index].values = nil
      }
    }
  }

  /// JSON.
  package func encoded() -> [UInt8] { SummaryCoding.encode(self) ?? [] }
}

/// JSON that bears infinities and NaN.
package enum SummaryCoding {
  /// Nil where a value cannot be written.
  package static func encode(_ value: some Encodable) -> [UInt8]? {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return (try? encoder.encode(value)).map { Array($0) }
  }

  /// Reads what ``encode(_:)`` wrote.
  package static func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8]) throws -> T {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: Data(bytes))
  }
}
