/// Names a source file inside one ``SourceMap``.
package struct FileID: Hashable, Sendable, Comparable {
  package let index: Int32
  package init(_ index: Int32) { self.index = index }
  package static func < (a: FileID, b: FileID) -> Bool { a.index < b.index }
}

/// A half-open range of bytes in one source file.
package struct Span: Hashable, Sendable {
  package var file: FileID
  package var start: Int32
  package var end: Int32

  package init(file: FileID, start: Int, end: Int) {
    self.file = file
    self.start = Int32(clamping: start)
    self.end = Int32(clamping: end)
  }

  package var isEmpty: Bool { start == end }
  package var range: Range<Int> { Int(start)..<Int(end) }

  /// The smallest span that covers both; both must be in the same file.
  package func union(_ other: Span) -> Span {
    Span(file: file, start: Int(min(start, other.start)), end: Int(max(end, other.end)))
  }

  /// The empty span where this one begins.
  package var beginning: Span { Span(file: file, start: Int(start), end: Int(start)) }
  /// The empty span where this one ends.
  package var ending: Span { Span(file: file, start: Int(end), end: Int(end)) }
}

/// A position for people: line and column count from 1; the column counts characters, not bytes.
package struct LineColumn: Hashable, Sendable {
  package var line: Int
  package var column: Int
  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}

/// One source text: its path as the user wrote it, its bytes, and where its lines begin.
package struct SourceFile: Sendable {
  package let id: FileID
  package let path: String
  package let bytes: [UInt8]
  /// Byte offsets at which lines begin; the first is 0.
  package let lineStarts: [Int32]

  package init(id: FileID, path: String, bytes: [UInt8]) {
    self.id = id
    self.path = path
    self.bytes = bytes
    var starts: [Int32] = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(Int32(offset + 1)) }
    self.lineStarts = starts
  }

  /// The zero-based line that holds a byte offset.
  package func lineIndex(at offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(lineStarts[middle]) <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// The bytes of a zero-based line, without its line break.
  package func lineRange(_ line: Int) -> Range<Int> {
    let start = Int(lineStarts[line])
    var end = line + 1 < lineStarts.count ? Int(lineStarts[line + 1]) - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<max(start, end)
  }

  package func position(at offset: Int) -> LineColumn {
    let line = lineIndex(at: offset)
    let start = Int(lineStarts[line])
    let text = String(decoding: bytes[start..<min(max(offset, start), bytes.count)], as: UTF8.self)
    return LineColumn(line: line + 1, column: text.unicodeScalars.count + 1)
  }

  package func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }

  package func text(_ span: Span) -> String { text(span.range) }
}

/// The source files of one compilation; a ``FileID`` is an index into it.
package struct SourceMap: Sendable {
  package private(set) var files: [SourceFile] = []
  package init() {}

  /// Adds a file and returns its name.
  @discardableResult
  package mutating func add(path: String, bytes: [UInt8]) -> FileID {
    let id = FileID(Int32(files.count))
    files.append(SourceFile(id: id, path: path, bytes: bytes))
    return id
  }

  package subscript(_ id: FileID) -> SourceFile { files[Int(id.index)] }
  package func text(_ span: Span) -> String { self[span.file].text(span) }
}
