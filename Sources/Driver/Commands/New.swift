import Datasets
import Diagnostics
import Runs
import Syntax
import Tensors

func newCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  let path = invocation.arguments[0].hasSuffix(".nnet") ? invocation.arguments[0] : invocation.arguments[0] + ".nnet"
  do {
    if fileSize(path) != nil { throw FileFailure(path: path, reason: "it exists already") }
    if let csv = invocation.value("from") {
      let (text, notes) = try program(for: csv, beside: path)
      try writeAtomically(Array(formatted(text).utf8), to: path)
      for note in notes { console.tell(console.style("warning", .yellow) + ": " + printable(note)) }
      let outside = relativePath(csv, from: path) == nil ? " --allow-outside" : ""
      console.print("wrote \(path); nnc run \(path)\(outside) trains it")
      return .fine
    }
    let csv = String(path.dropLast(".nnet".count)) + ".csv"
    if fileSize(csv) != nil {
      throw FileFailure(path: csv, reason: "it exists already; nnc new \(path) --from \(csv) makes a program for it")
    }
    try writeAtomically(Array(samplePoints().utf8), to: csv)
    try writeAtomically(Array(template(csv: baseName(csv)).utf8), to: path)
    console.print("wrote \(path) and \(csv); nnc run \(path) trains it")
    return .fine
  } catch {
    return reportRunFailure(error, console: console)
  }
}

/// Two groups of points around centres of their own, 120 rows.
private func samplePoints() -> String {
  var random = PhiloxSequence(seed: 1, path: "new")
  var text = "a,b,label\n"
  for row in 0..<120 {
    let centre = row % 2 == 0 ? 1.0 : -1.0
    // The sum of two uniform numbers lies near the middle most often.
    let point = (0..<2).map { _ in
      let noise = (0..<2).reduce(0.0) { sum, _ in sum + Double(random.below(2_001) - 1_000) / 1_000 }
      return Figures.fixed(centre + noise, decimals: 3)
    }
    text += "\(point[0]),\(point[1]),\(row % 2 == 0 ? "right" : "left")\n"
  }
  return text
}

private func template(csv: String) -> String {
  """
  // A network that tells two groups of numbers apart; change the data block to read your own file.

  data Points from csv("\(csv)") {
    let x: [2]      = [a, b] -> standardize
    let y: class(2) = label
    split: random(train: 70%, validation: 15%, test: 15%, stratify: y, seed: 1)
  }

  model Classifier(x: [2]) -> [2] {
    x -> dense(16) -> relu -> dense(2)
  }

  train Classifier on Points {
    let logits = Classifier(x)
    loss:      cross_entropy(logits, y)
    metrics:   [accuracy(logits, y)]
    optimizer: adam(rate: 0.01)
    epochs:    50
    batch:     16
    outputs:   (label: restore(argmax(logits), as: y))
  }

  """
}

/// A source text in the one style.
private func formatted(_ text: String) -> String {
  var sources = SourceMap()
  let id = sources.add(path: "new", bytes: Array(text.utf8))
  return format(parseTree(sources[id])) ?? text
}

/// The path of a file below the folder of a program, as the program names it; nil where it is not below it.
private func relativePath(_ file: String, from program: String) -> String? {
  let folder = absolutePath(parentFolder(program))
  let whole = absolutePath(file)
  let prefix = folder.hasSuffix("/") ? folder : folder + "/"
  return whole.hasPrefix(prefix) ? String(whole.dropFirst(prefix.count)) : nil
}

/// Whether a column only counts the rows: whole numbers one after the other, each once.
private func isRowNumber(_ column: ColumnSummary, rows: Int) -> Bool {
  guard column.kind == .number, column.isWhole, column.missing == 0, column.distinctCount == rows, rows > 1,
    let low = column.minimum, let high = column.maximum
  else { return false }
  return high - low == Double(rows - 1)
}

/// Whether a column tells when its row was, by its name.
private func isTime(_ name: String) -> Bool {
  let words = name.lowercased().split { !$0.isLetter }
  return words.contains {
    ["year", "month", "week", "day", "date", "hour", "time", "timestamp", "datetime"].contains($0)
  }
}

/// The most different texts of a column that becomes an input.
private let mostCategories = 50

/// What the user should know of a column of texts: that it is left out, or that a bad cell made it one of categories.
private func note(on column: ColumnSummary) -> String? {
  let fate = column.distinctCount > mostCategories ? "is left out" : "becomes one of categories"
  if let odd = column.oddValue, let line = column.oddLine {
    return "the column \(column.name) \(fate): line \(line) has \(shownValue(odd)), which is not a number; correct it, "
      + "or say that it is missing with `missing:`"
  }
  guard column.distinctCount > mostCategories else { return nil }
  return "the column \(column.name) is left out: it has \(column.distinctCount) different texts"
}

/// A program whose fields are the columns of a csv file; the last column is the target. Also says what it leaves out.
private func program(for csv: String, beside path: String) throws -> (text: String, notes: [String]) {
  let source = SourceDescription(kind: "csv", paths: ["path": csv], span: Span(file: FileID(0), start: 0, end: 0))
  let summary: DataSummary
  do throws(Datasets.DataProblem) {
    summary = try summarize(source, .commandLine())
  } catch {
    throw commandLineProblem(error, mayName: true)
  }
  guard let target = summary.columns.last, summary.columns.count > 1 else {
    throw FileFailure(path: csv, reason: "it needs two columns or more")
  }
  let features = summary.columns.dropLast()
  let inputs = inputFields(features, rows: summary.rows)
  if inputs.isEmpty { throw FileFailure(path: csv, reason: "no column can be an input") }
  let isClass = target.kind == .text || (target.isWhole && target.distinctCount <= 20)
  let text = """
    \(dataBlock(relativePath(csv, from: path) ?? absolutePath(csv), features, inputs, target, isClass: isClass))
    \(modelBlock(inputs, size: isClass ? target.distinctCount : 1))
    \(trainBlock(inputs, isClass: isClass))
    """
  return (text, features.filter { $0.kind == .text }.compactMap(note))
}

/// A field of a data block.
private struct NewField {
  var name: String
  var type: String
  var value: String
}

/// The fields that a model takes: one of all numbers, and one for each column of few texts.
private func inputFields(_ features: ArraySlice<ColumnSummary>, rows: Int) -> [NewField] {
  let allNumbers = features.filter { $0.kind == .number }
  // A number that only counts the rows tells nothing of them, unless it is all there is.
  let telling = allNumbers.filter { !isRowNumber($0, rows: rows) || isTime($0.name) }
  let numbers = telling.isEmpty ? allNumbers : telling
  var fields: [NewField] = []
  if !numbers.isEmpty {
    let impute = numbers.contains { $0.missing > 0 } ? " -> impute" : ""
    let list = numbers.map { reference($0.name) }.joined(separator: ", ")
    fields.append(NewField(name: "numbers", type: "[\(numbers.count)]", value: "[\(list)]\(impute) -> standardize"))
  }
  let categories = features.filter { $0.kind == .text && $0.distinctCount <= mostCategories }
  for (index, column) in categories.enumerated() {
    let impute = column.missing > 0 ? " -> impute" : ""
    fields.append(
      NewField(
        name: "category_\(index + 1)", type: "[\(column.distinctCount)]",
        value: "\(reference(column.name))\(impute) -> one_hot"))
  }
  return fields
}

private func dataBlock(
  _ csv: String, _ features: ArraySlice<ColumnSummary>, _ inputs: [NewField], _ target: ColumnSummary, isClass: Bool
) -> String {
  let fill = target.missing > 0 ? " -> impute" : ""
  let column = reference(target.name)
  let field =
    isClass
    ? NewField(name: "target", type: "class(\(target.distinctCount))", value: column + fill)
    : NewField(name: "target", type: "[1]", value: "[\(column)]\(fill) -> standardize")
  let note =
    target.missing > 0
    ? "  // \(target.missing) rows have no \(target.name), and impute fills it; better remove them from the file.\n"
    : ""
  let split =
    features.contains { isTime($0.name) }
    ? "chronological(train: 70%, validation: 15%, test: 15%)"
    : "random(train: 70%, validation: 15%, test: 15%, seed: 1)"
  return """
    data Table from csv(\(JSON.quoted(csv))) {
    \(note)\((inputs + [field]).map { "  let \($0.name): \($0.type) = \($0.value)" }.joined(separator: "\n"))
      split: \(split)
    }

    """
}

private func modelBlock(_ inputs: [NewField], size: Int) -> String {
  let names = inputs.map(\.name)
  let head = names.count == 1 ? names[0] : "concat(\(names.joined(separator: ", ")), over: features)"
  return """
    model Net(\(inputs.map { "\($0.name): \($0.type)" }.joined(separator: ", "))) -> [\(size)] {
      \(head) -> dense(32) -> relu -> dense(32) -> relu -> dense(\(size))
    }

    """
}

private func trainBlock(_ inputs: [NewField], isClass: Bool) -> String {
  let names = inputs.map(\.name)
  let call = ([names[0]] + names.dropFirst().map { "\($0): \($0)" }).joined(separator: ", ")
  return """
    train Net on Table {
      let guess = Net(\(call))
      loss:      \(isClass ? "cross_entropy" : "mean_squared_error")(guess, target)
      metrics:   [\(isClass ? "accuracy" : "r2")(guess, target)]
      optimizer: adam(rate: 3e-3)
      epochs:    50
      batch:     32
      stop:      patience(10, of: validation.loss)
      outputs:   (target: \(isClass ? "restore(argmax(guess), as: target)" : "restore(guess, as: target)"))
    }

    """
}

/// A column's name in the language: by itself where it is one there.
private func reference(_ name: String) -> String {
  var sources = SourceMap()
  let id = sources.add(path: "new", bytes: Array(name.utf8))
  let tokens = parseTree(sources[id]).tokens.filter { $0.start < $0.end }
  // The lexer reads a word with letters such as `ö` as one, and reports it.
  let isName =
    tokens.count == 1 && tokens[0].kind == .word && tokens[0].range == 0..<name.utf8.count
    && name.utf8.allSatisfy { $0 < 0x80 }
  return isName ? name : "column(\(JSON.quoted(name)))"
}
