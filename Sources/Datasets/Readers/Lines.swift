import Tensors

/// Reads a folder of texts: every line of its files is a row, `text`, and the name of its file without ending is its
/// `label`. The order is that of the names' bytes; empty lines are left out, but in a single file for predictions, where
/// each line is a row of the result.
func loadLines(_ source: SourceDescription, _ access: FileAccess) throws(DataProblem) -> [(
  rows: Int, column: TableColumn
)] {
  guard let folder = source.paths["path"] ?? source.paths.values.first else {
    throw .option("", "lines needs the path of a folder")
  }
  let files = try lineFiles(folder, access)
  var interner = TextInterner()
  var codes: [Int32] = []
  var labels: [Int32] = []
  var rest = access.freeMemory / 8
  for (label, path) in files.enumerated() {
    let bytes = try ByteSource(access.open(path), zlib: access.zlib)
    let buffer = try bytes.readAll(limit: rest)
    rest -= buffer.count
    try checkText(buffer, path: bytes.path)
    let text = UnsafeBufferPointer(start: UnsafePointer(buffer.bytes), count: buffer.count)
    for line in lines(text, withEmpty: files == [folder]) {
      let content = line.drop { $0 == 32 || $0 == 9 }
      guard let last = content.lastIndex(where: { $0 != 32 && $0 != 9 }) else {
        guard files == [folder] else { continue }
        codes.append(-1)
        labels.append(Int32(label))
        continue
      }
      codes.append(interner.code(UnsafeBufferPointer(rebasing: text[content.startIndex...last]), at: 0))
      labels.append(Int32(label))
    }
  }
  guard !codes.isEmpty else { throw .empty(folder, "the files of the folder hold no lines") }
  guard codes.count < Int(Int32.max) else {
    throw .tooLarge(folder, needs: codes.count * 4, limit: Int(Int32.max) * 4)
  }
  let (dictionary, _, newCodes) = interner.sorted()
  for index in codes.indices where codes[index] >= 0 { codes[index] = newCodes[Int(codes[index])] }
  let names = files.map { labelName($0) }
  let sorted = Array(Set(names)).sorted(by: precedes)
  let places = names.map { name in Int32(sorted.firstIndex { $0.utf8.elementsEqual(name.utf8) } ?? 0) }
  var label = TableColumn(
    name: "label", storage: .text(codes: labels.map { places[Int($0)] }, dictionary: sorted))
  label.isTokens = true
  var text = TableColumn(name: "text", storage: .text(codes: codes, dictionary: dictionary))
  text.isTokens = true
  return [(codes.count, text), (codes.count, label)]
}

/// The lines of a text; they end with a line feed, a carriage return, or both.
private func lines(_ text: UnsafeBufferPointer<UInt8>, withEmpty: Bool) -> [Slice<UnsafeBufferPointer<UInt8>>] {
  guard withEmpty else { return text.split { $0 == 10 || $0 == 13 } }
  var result: [Slice<UnsafeBufferPointer<UInt8>>] = []
  var start = 0
  for (index, byte) in text.enumerated() where byte == 10 || byte == 13 {
    // The second half of a break.
    if byte == 10, index > 0, text[index - 1] == 13 {
      start = index + 1
      continue
    }
    result.append(text[start..<index])
    start = index + 1
  }
  if start < text.count { result.append(text[start...]) }
  return result
}

/// The files of a folder of texts, in order.
func lineFiles(_ folder: String, _ access: FileAccess) throws(DataProblem) -> [String] {
  let entries: [(name: String, isFolder: Bool)]
  do throws(DataProblem) {
    entries = try access.list(folder)
  } catch {
    // One file of lines, for predictions.
    if error.code == DataCodes.directory, access.allowOutside { return [folder] }
    throw error
  }
  let files = entries.filter { !$0.isFolder && !$0.name.hasPrefix(".") }.map(\.name)
  if files.isEmpty { throw .empty(folder, "the folder holds no files") }
  return files.map { "\(folder)/\($0)" }
}

/// What a file stands for: the last part of its name that is no usual ending (`rt-polarity.neg`, `neg.txt`).
private func labelName(_ path: String) -> String {
  var name = path.split(separator: "/").last.map(String.init) ?? path
  for ending in [".gz", ".txt"] where name.hasSuffix(ending) { name = String(name.dropLast(ending.count)) }
  return name
}
