import Declarations
import Tensors

/// A kind of source that a user can name after `from`.
package struct SourceDeclaration: Sendable {
  package let name: String
  package let summary: String
  /// The settings that take paths.
  package let paths: [SettingDeclaration]
  package let settings: [SettingDeclaration]
  /// What its columns are called.
  package let columns: String
}

/// The sources of the language.
package let sourceDeclarations: [SourceDeclaration] = fileSources + Toy.allCases.map(\.declaration)

private let fileSources: [SourceDeclaration] = [
  SourceDeclaration(
    name: "csv", summary: "A table as text: one row a line, columns divided by commas; `.gz` is unpacked.",
    paths: [SettingDeclaration("path", .string, isPositional: true, doc: "The file, below the program's folder.")],
    settings: [
      SettingDeclaration(
        "delimiter", .oneOf([.string, .word(["tab"])]), default: .string(","),
        doc: "The character between two columns: `\";\"` or `tab`."),
      SettingDeclaration(
        "header", .word(["first", "none"]), default: .word("first"),
        doc: "Whether the first line names the columns; without it, `column(1)` is the first."),
      SettingDeclaration(
        "missing", .oneOf([.string]), isOptional: true,
        doc: "What stands for a missing value besides nothing: `\"-999\"`. Without it: "
          + CSVFormat.usualMissing.map { "`\($0)`" }.joined(separator: ", ") + "."),
    ],
    columns: "the names of the header, or `column(n)`"),
  SourceDeclaration(
    name: "idx", summary: "Tensors of bytes or numbers in the format of the MNIST files; `.gz` is unpacked.",
    paths: [
      SettingDeclaration("images", .string, doc: "The file of images; its column is `images`."),
      SettingDeclaration("labels", .string, isOptional: true, doc: "The file of labels; its column is `labels`."),
    ],
    settings: [], columns: "`images` and `labels`"),
  SourceDeclaration(
    name: "text", summary: "A text as one long row of tokens, in order; `.gz` is unpacked.",
    paths: [SettingDeclaration("path", .string, isPositional: true, doc: "The file, below the program's folder.")],
    settings: [
      SettingDeclaration(
        "tokens", .word(["characters", "words", "bytes"]), default: .word("characters"),
        doc: "What a token is: a character, a word (lower case; marks by themselves), or a byte of UTF-8.")
    ],
    columns: "`tokens`"),
  SourceDeclaration(
    name: "lines", summary: "A folder of texts: a line an example, a file a class; `.gz` is unpacked.",
    paths: [SettingDeclaration("path", .string, isPositional: true, doc: "The folder, below the program's folder.")],
    settings: [], columns: "`text`, and `label`: the name of the file, without `.txt`"),
  SourceDeclaration(
    name: "images", summary: "A folder of pictures of one size (png, pgm, ppm); folders inside it are the classes.",
    paths: [SettingDeclaration("path", .string, isPositional: true, doc: "The folder, below the program's folder.")],
    settings: [
      SettingDeclaration(
        "channels", .word(["grey", "colour"]), isOptional: true,
        doc: "`grey` makes one channel of every picture, `colour` three. Left out: as they are.")
    ],
    columns: "`image`, and `label` where there are folders of classes"),
  SourceDeclaration(
    name: "npy", summary: "Arrays of numbers in NumPy's format, the first axis counting the rows; `.gz` is unpacked.",
    paths: [
      SettingDeclaration("x", .string, doc: "A file; its column is `x`."),
      SettingDeclaration("y", .string, isOptional: true, doc: "Another, with as many rows; its column is `y`."),
    ],
    settings: [], columns: "`x` and `y`"),
]

extension Toy {
  /// How a user names it.
  var declaration: SourceDeclaration {
    let hasNoise = [.xor, .moons, .spirals, .sine].contains(self)
    let hasLength = [.parity, .addition].contains(self)
    var settings = [
      SettingDeclaration("rows", .integer(1...10_000_000), default: .integer(1000), doc: "How many rows are made."),
      SettingDeclaration("seed", .integer(0...Int.max), default: .integer(0), doc: "What the draws follow from."),
    ]
    if hasNoise {
      settings.append(
        SettingDeclaration(
          "noise", .real(RealRange(0, 1e6)), default: .real(0.1), doc: "The deviation of the noise around each point."))
    }
    if hasLength {
      settings.append(
        SettingDeclaration(
          "length", .integer((self == .parity ? 1 : 2)...10_000), default: .integer(self == .parity ? 8 : 20),
          doc: "How many values each row has."))
    }
    if self == .sums {
      settings.append(
        SettingDeclaration(
          "digits", .integer(1...9), default: .integer(3), doc: "How many digits each number has at most."))
    }
    return SourceDeclaration(
      name: rawValue, summary: summary, paths: [], settings: settings,
      columns: columnNames.map { "`\($0)`" }.joined(separator: " and "))
  }

  private var summary: String {
    switch self {
    case .xor: "Made on the spot: two bits with noise around them, and whether one of them alone is set."
    case .moons: "Made on the spot: two half circles that reach into each other."
    case .spirals: "Made on the spot: two arms of a spiral."
    case .sine: "Made on the spot: the sine of numbers in −π … π, with noise."
    case .parity: "Made on the spot: bits, and whether an odd number of them is set."
    case .addition: "Made on the spot: numbers in 0 … 1 with two of them marked, and the sum of these two."
    case .sums: "Made on the spot: sums as text, `123+45` and `168`, both filled up with spaces."
    }
  }

  /// The columns that it has.
  package var columnNames: [String] {
    switch self {
    case .xor, .moons, .spirals: ["x", "y", "label"]
    case .sine: ["x", "y"]
    case .parity: ["bits", "label"]
    case .addition: ["sequence", "sum"]
    case .sums: ["question", "answer"]
    }
  }
}

/// The columns of a source that are the same whatever its files hold; empty where they differ.
package func fixedColumnNames(_ source: SourceDescription) -> [String] {
  switch source.kind {
  case "csv": []
  case "text": ["tokens"]
  case "lines": ["text", "label"]
  case "images": ["image", "label"]
  default: Toy(rawValue: source.kind)?.columnNames ?? source.paths.keys.sorted()
  }
}

/// Reads the columns that are used, and of those only the needed (all, where `needed` is nil); others may be absent.
func loadTable(
  _ source: SourceDescription, uses: [ColumnUse], needed: Set<Int>?, _ access: FileAccess
) throws(DataProblem) -> Table {
  switch source.kind {
  case "csv": try loadCSV(source, uses, needed, access)
  case "idx", "npy": try loadTensors(source, uses, needed, access)
  case "text": try pick(from: [loadText(source, access)], source, uses, needed)
  case "lines": try pick(from: loadLines(source, access), source, uses, needed)
  case "images": try pick(from: loadImages(source, access), source, uses, needed)
  default:
    if let toy = Toy(rawValue: source.kind) {
      try pick(from: toy.load(source.options), source, uses, needed)
    } else {
      throw .option("", "there is no source \(shownValue(source.kind))")
    }
  }
}

func openCSV(_ source: SourceDescription, _ access: FileAccess) throws(DataProblem) -> CSVFile {
  guard let path = source.paths["path"] ?? source.paths.values.first else { throw .option("", "csv needs a path") }
  let format = try CSVFormat(options: source.options, path: path)
  let bytes = try ByteSource(access.open(path), zlib: access.zlib)
  return try CSVFile(bytes, format: format, limit: access.freeMemory)
}

private func loadCSV(
  _ source: SourceDescription, _ uses: [ColumnUse], _ needed: Set<Int>?, _ access: FileAccess
) throws(DataProblem) -> Table {
  let file = try openCSV(source, access)
  var plan = [CSVUse](repeating: .skip, count: file.names.count)
  var indices = [Int?](repeating: nil, count: uses.count)
  for (index, use) in uses.enumerated() {
    guard let column = file.index(of: use.key) else {
      if needed?.contains(index) ?? true { throw .missingColumn(file.path, use.key, names: file.names) }
      continue
    }
    // A target that predictions do not need may hold anything.
    if !(needed?.contains(index) ?? true) { continue }
    indices[index] = column
    switch (use.role, plan[column]) {
    case (.tensor, _): throw .columnKind(file.path, file.names[column], "holds one value a row, not a tensor")
    case (.number, .skip): plan[column] = .number
    case (.category, .skip): plan[column] = .text
    case (.number, .text), (.category, .number): plan[column] = .text
    default: break
    }
  }
  let (rows, columns) = try file.columns(plan)
  return Table(rows: rows, columns: indices.map { $0.flatMap { columns[$0] } })
}

/// The columns that are used, from those that a source has.
private func pick(
  from found: [(rows: Int, column: TableColumn)], _ source: SourceDescription, _ uses: [ColumnUse], _ needed: Set<Int>?
) throws(DataProblem) -> Table {
  var columns: [TableColumn?] = []
  for (index, use) in uses.enumerated() {
    let isNeeded = needed?.contains(index) ?? true
    let column = found.indices.first { position in
      switch use.key {
      case .name(let name): found[position].column.name.utf8.elementsEqual(name.utf8)
      case .position(let number): number == position + 1
      }
    }
    if isNeeded, column == nil {
      throw .missingColumn(source.shownPath, use.key, names: found.map(\.column.name))
    }
    columns.append(isNeeded ? column.map { found[$0].column } : nil)
  }
  return Table(rows: found.first?.rows ?? 0, columns: columns)
}

/// One tensor of each file; the setting's label names the column.
private func loadTensors(
  _ source: SourceDescription, _ uses: [ColumnUse], _ needed: Set<Int>?, _ access: FileAccess
) throws(DataProblem) -> Table {
  var loaded: [String: TableColumn] = [:]
  var rows: (count: Int, path: String)?
  var columns: [TableColumn?] = []
  for (index, use) in uses.enumerated() {
    guard case .name(let label) = use.key, let path = source.paths[label] else {
      if needed?.contains(index) ?? true {
        throw .missingColumn(source.paths.values.sorted().first ?? "", use.key, names: source.paths.keys.sorted())
      }
      columns.append(nil)
      continue
    }
    if !(needed?.contains(index) ?? true) {
      columns.append(nil)
      continue
    }
    if loaded[label] == nil {
      let (count, shown, column) = try loadTensor(source.kind, label, path, access)
      if let rows, rows.count != count {
        throw .rowsDiffer(shown, count, rows.path, rows.count)
      }
      rows = (count, shown)
      loaded[label] = column
    }
    columns.append(loaded[label])
  }
  return Table(rows: rows?.count ?? 0, columns: columns)
}

func loadTensor(_ kind: String, _ label: String, _ path: String, _ access: FileAccess) throws(DataProblem) -> (
  rows: Int, path: String, column: TableColumn
) {
  let bytes = try ByteSource(access.open(path), zlib: access.zlib)
  let limit = access.freeMemory
  if kind == "idx" {
    let (rows, shape, values) = try IDX.read(bytes, limit: limit)
    return (rows, bytes.path, TableColumn(name: label, storage: .tensor(shape: shape, values: values)))
  }
  let tensor = try NPY.read(bytes, limit: limit)
  guard let rows = tensor.shape.first, rows < Int(Int32.max) else {
    throw .badHeader(bytes.path, "the array is a single number, not one value for each row")
  }
  let shape = Array(tensor.shape.dropFirst())
  return (rows, bytes.path, TableColumn(name: label, storage: .tensor(shape: shape, values: tensor.storage)))
}

/// Reads an npy file: `predict` takes such inputs.
package func readNPY(_ path: String, _ access: FileAccess) throws(DataProblem) -> HostTensor {
  try NPY.read(ByteSource(access.open(path), zlib: access.zlib), limit: access.freeMemory)
}

// What can be wrong between files, columns and their use.
extension DataProblem {
  static func rowsDiffer(_ path: String, _ rows: Int, _ other: String, _ otherRows: Int) -> DataProblem {
    DataProblem(
      DataCodes.rowsDiffer, path: path, reason: "the file has \(rows) rows, and `\(other)` has \(otherRows)")
  }

  static func columnKind(_ path: String, _ column: String, _ reason: String) -> DataProblem {
    DataProblem(DataCodes.columnKind, path: path, reason: "the column \(shownValue(column)) \(reason)")
  }

  static func split(_ reason: String) -> DataProblem { DataProblem(DataCodes.split, path: "", reason: reason) }
}
