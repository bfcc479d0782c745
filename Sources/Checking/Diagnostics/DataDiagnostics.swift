import Datasets
import Declarations
import Diagnostics
import Syntax

extension Diagnostic {
  static func notASource(_ span: Span, _ text: String, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownSource, "`\(text)` is no source of data", at: Label(span, "it takes \(orList(names))"))
  }

  static func unknownSource(_ name: Name, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownSource, "there is no source `\(name.text)`", at: Label(name.span, "not \(orList(names))")
    ).suggesting(found, at: name.span)
  }

  static func unknownColumn(
    _ name: String, at span: Span, _ found: Suggestion?, columns: [String], data: String,
    isBeyond: Bool = false
  ) -> Diagnostic {
    let shown = columns.prefix(12).map { "`\($0)`" }.joined(separator: ", ") + (columns.count > 12 ? ", …" : "")
    var result = Diagnostic(
      CheckingCodes.unknownColumn, "the data of `\(data)` have no column `\(name)`",
      at: Label(span, columns.isEmpty ? "no such column" : "there is \(shown)"))
    if let found {
      let isName = found.name.unicodeScalars.allSatisfy {
        $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0)
      }
      let written = isName && !(found.name.first?.isNumber ?? true) ? found.name : "column(\"\(found.name)\")"
      let title = isBeyond ? "the last column of these is `\(written)`" : "did you mean `\(written)`?"
      result.fixes = [Fix(title, [Edit(span, written)], isCertain: found.isCertain)]
    }
    return result
  }

  static func columnPosition(_ position: Int, of count: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownColumn, "there is no column \(position): the data have \(count == 1 ? "one" : "\(count)")",
      at: Label(span, "columns count from 1"))
  }

  static func columnKey(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownColumn, "`\(text)` names no column",
      at: Label(span, "write `column(\"name\")`, or `column(3)` from 1"))
  }

  static func textColumn(_ span: Span, _ column: ColumnSummary, file: String?) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.textColumn, "numbers are needed, but the column `\(column.name)` holds text",
      at: Label(span, "text"))
    if let odd = column.oddValue, let line = column.oddLine {
      result.message =
        "numbers are needed, but the column `\(column.name)` holds \"\(odd)\" in line \(line)"
        + (file.map { " of `\($0)`" } ?? "")
      if odd.hasSuffix("%") {
        result.notes = ["a number stands without `%`: remove the signs from the file"]
      } else if odd.contains(","), Double(odd.replacing(",", with: ".")) != nil {
        result.notes = ["the decimal sign of numbers is the point: write 1.5 for 1,5 in the file"]
      } else {
        result.notes = ["if \"\(odd)\" stands for a missing value, say so: `csv(…, missing: \"\(odd)\")`"]
      }
    } else {
      result.notes = ["`-> one_hot` turns categories into numbers"]
    }
    return result
  }

  /// Test rows with classes that no training row has.
  static func strangeClasses(_ column: ColumnSummary, _ values: [String], at span: Span) -> Diagnostic {
    let shown = values.prefix(5).map { "`\($0)`" }.joined(separator: ", ") + (values.count > 5 ? ", …" : "")
    return Diagnostic(
      CheckingCodes.moreClasses,
      "the test rows have \(values.count == 1 ? "a class" : "classes") in the column `\(column.name)` that no "
        + "training row has: \(shown)",
      at: Label(span, "more classes"))
  }

  private static func examples(_ column: ColumnSummary) -> String? {
    guard let values = column.values, !values.isEmpty else { return nil }
    let shown = values.prefix(8).joined(separator: ", ")
    return "its values: \(shown)\(values.count > 8 ? ", …" : "")"
  }

  static func moreClasses(_ column: ColumnSummary, declared: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.moreClasses,
      "the column `\(column.name)` has \(counted(column.distinctCount, "class", "classes")), but "
        + "\(counted(declared, "is", "are")) declared",
      at: Label(span, "\(column.distinctCount) are needed")
    ).noting(examples(column))
  }

  static func classIndex(_ column: ColumnSummary, classes: Int, at span: Span, greatest: Double) -> Diagnostic {
    Diagnostic(
      CheckingCodes.moreClasses,
      "the labels of `\(column.name)` go up to \(shortNumber(greatest)), but \(classes) classes count from 0 to \(classes - 1)",
      at: Label(span, "too few"))
  }

  static func negativeClass(_ column: ColumnSummary, classes: Int, at span: Span, least: Double) -> Diagnostic {
    Diagnostic(
      CheckingCodes.moreClasses,
      "the labels of `\(column.name)` begin at \(shortNumber(least)), but \(classes) classes count from 0 to "
        + "\(classes - 1)",
      at: Label(span, "no class below 0"))
  }

  static func fewerClasses(_ column: ColumnSummary, declared: Int, found: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.fewerClasses,
      "the column `\(column.name)` has \(counted(found, "class", "classes")), but "
        + "\(counted(declared, "is", "are")) declared",
      at: Label(span, "no row asks for the others")
    ).noting(examples(column))
  }

  static func missingValues(
    _ columns: [(summary: ColumnSummary, span: Span)], _ binding: Binding, in checker: Checker
  ) -> Diagnostic {
    let first = columns[0]
    let names = columns.map { "`\($0.summary.name)`" }.joined(separator: ", ")
    let counts = columns.map { "\($0.summary.missing)" }.joined(separator: ", ")
    let isOne = columns.count == 1 && first.summary.missing == 1
    var result = Diagnostic(
      CheckingCodes.missingValues,
      "\(names) \(columns.count == 1 ? "lacks" : "lack") \(counts) value\(isOne ? "" : "s"), "
        + "and nothing stands in for \(isOne ? "it" : "them")",
      at: Label(first.span, "missing values"))
    for other in columns.dropFirst() { result = result.with(other.span, "missing values") }
    let value = binding.value
    switch value.kind {
    case .chain(let head, _):
      result.fixes = [
        Fix("put the training rows' mean in their place", [Edit(head.span.ending, " -> impute")], isCertain: true)
      ]
    case .name, .list, .call:
      result.fixes = [
        Fix("put the training rows' mean in their place", [Edit(value.span.ending, " -> impute")], isCertain: true)
      ]
    default: result.notes = ["`-> impute` puts a typical value of the training rows in their place"]
    }
    return result
  }

  static func missingLabels(_ column: ColumnSummary, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.missingValues,
      "\(counted(column.missing, "row has", "rows have")) no class in the column `\(column.name)`",
      at: Label(span, "missing values")
    ).noting("remove these rows from the file, or write `-> impute` to take the most frequent class")
  }

  static func classesFromReals(_ column: ColumnSummary, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.classesFromReals, "the column `\(column.name)` holds numbers that are not whole, no classes",
      at: Label(span, "measured numbers"))
  }

  /// The first line of a file names its columns; here it holds values.
  static func headerOfValues(_ source: SourceDescription, columns: [String], at span: Span) -> Diagnostic {
    let shown = columns.prefix(5).map { "`\($0)`" }.joined(separator: ", ") + (columns.count > 5 ? ", …" : "")
    var result = Diagnostic(
      CheckingCodes.unknownColumn, "the first line of `\(source.paths["path"] ?? "")` holds values, no names: \(shown)",
      at: Label(span, "no column of this name"))
    result.secondary = [Label(source.span, "without a header")]
    result.notes = ["with `header: none` columns go by their numbers: `column(1)`, `[column(1) ... column(4)]`"]
    if source.span.end > source.span.start {
      let place = Span(file: source.span.file, start: Int(source.span.end) - 1, end: Int(source.span.end) - 1)
      result.fixes = [Fix("say that there is no header", [Edit(place, ", header: none")], isCertain: false)]
    }
    return result
  }

  /// A number that a field makes of a row and that no network can compute with.
  static func notFinite(_ fault: NumberFault) -> Diagnostic {
    let row = fault.row.map { " in row \($0)" } ?? ""
    let value = shortNumber(fault.value)
    guard let result = fault.result else {
      return Diagnostic(
        CheckingCodes.notFinite, "the column `\(fault.column)` is \(value)\(row), beyond what a network computes with",
        at: Label(fault.span, "greater than 3.4e38"))
    }
    return Diagnostic(
      CheckingCodes.notFinite,
      "this is \(result.isNaN ? "no number" : "infinite")\(row), where the column `\(fault.column)` is \(value)",
      at: Label(fault.span, result.isNaN ? "no number for \(value)" : "infinite for \(value)"))
  }

  static func shortNumber(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }

  // MARK: Splits

  static func splitSum(_ span: Span, sum: String, shares: [(label: String, span: Span)]) -> Diagnostic {
    let names = shares.map { "`\($0.label)`" }.joined(separator: ", ")
    return Diagnostic(
      CheckingCodes.splitSum, "the shares of \(names) sum to \(sum), not to 100%", at: Label(span, "sums to \(sum)"))
  }

  static func splitWithoutTrain(_ span: Span, isLeftOut: Bool) -> Diagnostic {
    Diagnostic(
      CheckingCodes.splitSum, "the split needs a share of training rows",
      at: Label(span, isLeftOut ? "`train` is left out" : "no rows to learn from")
    ).noting("`random(train: 80%, validation: 10%, test: 10%)`")
  }

  /// `train: 0.7`: all shares of a split that are no percentages.
  static func sharesNotPercent(_ shares: [(label: String, span: Span, percent: String?)]) -> Diagnostic {
    let names = shares.map { "`\($0.label)`" }.joined(separator: ", ")
    var result = Diagnostic(
      CheckingCodes.shareNotPercent,
      shares.count == 1
        ? "\(names) is a share of the rows, written as a percentage"
        : "\(names) are shares of the rows, written as percentages",
      at: Label(shares[0].span, "not a percentage"))
    for share in shares.dropFirst() { result = result.with(share.span, "nor this") }
    let percents = shares.compactMap(\.percent)
    if percents.count == shares.count {
      let title = "write " + percents.map { "`\($0)`" }.joined(separator: ", ")
      result.fixes = [Fix(title, zip(shares, percents).map { Edit($0.span, $1) }, isCertain: true)]
    }
    return result
  }

  static func foldsWithoutTraining(_ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.splitSum, "validation takes all rows that are not held out",
      at: Label(span, "nothing is left to train on"))
  }

  static func foldsWithoutCount(_ name: Name) -> Diagnostic {
    Diagnostic(CheckingCodes.folds, "`folds` needs their number", at: Label(name.span, "write `folds(5)`"))
  }

  static func moreFoldsThanRows(_ span: Span, folds: Int, rows: Int) -> Diagnostic {
    Diagnostic(
      CheckingCodes.folds, "\(folds) folds need at least \(folds) rows, but there are \(rows)",
      at: Label(span, "some folds would be empty"))
  }

  static func stratifyField(_ name: Name, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.stratify, "`stratify` keeps the proportions of classes, but `\(name.text)` is \(type)",
      at: Label(name.span, "this is \(type)"))
  }

  // MARK: Fields

  static func weightsInData(_ name: String, _ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.weightsInData, "`\(name)` has weights, which a field cannot hold",
      at: Label(span, "belongs in a model"))
  }

  static func columnRange(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.columnRange, "`\(text)` names no columns",
      at: Label(span, "write `[first ... last]` of two columns"))
  }

  /// `[* except [a, b]]`
  static func exceptionsInBrackets(_ span: Span, _ text: String) -> Diagnostic {
    let inner = String(text.dropFirst().dropLast())
    var result = Diagnostic(
      CheckingCodes.columnRange, "the columns behind `except` stand without brackets", at: Label(span, "a list"))
    result.fixes = [Fix("write `except \(excerpt(inner))`", [Edit(span, inner)], isCertain: true)]
    return result
  }

  static func columnRangeOrder(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.columnRange, "`\(text)` runs backwards in the order of the file", at: Label(span, "no columns"))
  }

  static func dataNeeded(_ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.dataNeeded, "the type of this follows from columns that were not read",
      at: Label(span, "declare a type, or let the data be read")
    ).noting("`let x: [4] = …` declares one; `--no-data` leaves columns unread")
  }

  static func recordField(_ name: Name, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.recordField, "the field `\(name.text)` cannot be a record",
      at: Label(span, "one field for each part"))
  }

  /// `let (image, mask) = …`
  static func jointField(_ span: Span, _ text: String, names: [String]) -> Diagnostic {
    let shown = names.joined(separator: ", ")
    return Diagnostic(
      CheckingCodes.jointField,
      "`(\(shown))` takes \(counted(names.count, "value", "values")) in parentheses and the layers that change them alike",
      at: Label(span, "this is something else")
    ).noting("`let (image, mask) = (images, masks) -> augment(flip: horizontal)`")
  }

  static func jointFieldType(_ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.jointField, "fields that are declared together have a type each",
      at: Label(span, "one type for all")
    ).noting("`let (image: [64, 64, 1], mask: [64, 64, 1]) = …`")
  }

  static func jointFieldSizes(_ span: Span, _ own: String, _ name: String, _ first: String, _ firstName: String)
    -> Diagnostic
  {
    Diagnostic(
      CheckingCodes.jointField, "`\(name)` is \(own), but `\(firstName)`, which changes with it, is \(first)",
      at: Label(span, "another height or width"))
  }

  static func rowCondition(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.rowCondition, "`\(text)` does not compare a column with a number or a text",
      at: Label(span, "which rows this takes is not clear")
    ).noting("`where: label >= 5 and kind != \"spoiled\"`; texts are compared by `==` and `!=`")
  }

  static func conditionOfText(_ settings: [Setting]) -> Diagnostic {
    let setting = settings.first { $0.name.text == "where" }
    return Diagnostic(
      CheckingCodes.rowCondition, "a text is one long row of tokens, which `where` cannot pick from",
      at: setting.map { Label($0.span, "leave this out") })
  }

  static func fixedLength(_ span: Span, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.fixedLength, "this field has the same length in every row, but is declared as \(type)",
      at: Label(span, "write its size")
    ).noting("texts differ in length: `review -> tokenize(words: 20_000)`")
  }

  // MARK: Warnings

  static func targetAmongInputs(_ columns: [String], _ field: Name) -> Diagnostic {
    let shown = columns.prefix(3).map { "`\($0)`" }.joined(separator: ", ")
    let rest = columns.count > 3 ? " and \(columns.count - 3) more" : ""
    return Diagnostic(
      CheckingCodes.targetAmongInputs,
      columns.count == 1
        ? "the model sees the column \(shown), which it should predict"
        : "the model sees the columns \(shown)\(rest), which it should predict",
      at: Label(field.span, "holds the target"))
  }

  static func columnEqualsTarget(_ column: String, _ target: String, _ field: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.columnEqualsTarget, "the column `\(column)` equals the target `\(target)` in every row",
      at: Label(field.span, "holds the target under another name"))
  }

  static func duplicateRows(_ span: Span, count: Int, rows: Int) -> Diagnostic {
    Diagnostic(
      CheckingCodes.duplicateRows,
      "\(count) of \(rows) rows \(count == 1 ? "occurs" : "occur") more than once, on both sides of the split",
      at: Label(span, "rows by lot"))
  }

  static func constantColumn(_ column: ColumnSummary, at span: Span) -> Diagnostic {
    let value = column.values?.first ?? column.minimum.map(shortNumber) ?? ""
    return Diagnostic(
      CheckingCodes.constantColumn, "the column `\(column.name)` is \(value) in every row",
      at: Label(span, "tells nothing"))
  }

  static func targetOutsideProbability(
    _ name: String, _ range: ClosedRange<Double>, loss: String, _ field: Name
  ) -> Diagnostic {
    let (least, most) = (shortNumber(range.lowerBound), shortNumber(range.upperBound))
    return Diagnostic(
      CheckingCodes.targetOutsideProbability,
      "`\(loss)` needs targets from 0 to 1, but `\(name)` goes from \(least) to \(most)",
      at: Label(field.span, "no probability"))
  }

  static func unscaledTarget(_ columns: [String], _ field: Name) -> Diagnostic {
    let names = columns.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      CheckingCodes.unscaledTarget, "the target \(names) is far from the scale that training bears",
      at: Label(field.span, "add `-> standardize`")
    ).noting("`restore(…, as: \(field.text))` in `outputs` gives the original units back")
  }

  static func unnormalisedInputs(_ columns: [String], _ field: Name, greatest: Double?) -> Diagnostic {
    let names = columns.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      CheckingCodes.unnormalisedInputs,
      (columns.count == 1 ? "the column \(names) is" : "the columns \(names) are")
        + " far from the scale that training bears",
      at: Label(
        field.span,
        greatest.map { "divide by \(shortNumber($0)), the greatest value" } ?? "add `-> standardize`"))
  }
}
