import Diagnostics

/// A data block with some lines, and a model that is trained on it.
private func program(_ lines: String..., source: String = "csv(\"iris.csv\")") -> String {
  "data Iris from \(source) {\n" + lines.map { "  \($0)\n" }.joined() + """
    }

    model Net(x: [2]) -> [3] {
      x -> dense(3)
    }

    train Net on Iris {
      loss: cross_entropy(Net(x), y)
      optimizer: adam(rate: 0.01)
      epochs: 5
    }

    """
}

private let x = "let x: [2] = [a, b]"
private let y = "let y: class(3) = species"
private let split = "split: random(train: 80%, validation: 20%, seed: 1)"

extension CheckingCodes {
  package static let unknownSource = DiagnosticCode(
    "E0540", "unknown_source", "A source that there is not",
    explanation: "Behind `from` stands where the data come from: `csv(\"file.csv\")`, `idx(images: …, labels: …)`.",
    wrong: program(x, y, split, source: "cvs(\"iris.csv\")"), right: program(x, y, split))

  package static let unknownColumn = DiagnosticCode(
    "E0541", "unknown_column", "A column that the data do not have",
    explanation: """
      The right side of a field names columns as the file's header does. A name that is no identifier is written \
      `column("sepal length (cm)")`, a column of a file without a header `column(3)`.
      """,
    wrong: program("let x: [2] = [a, column(0)]", y, split), right: program("let x: [2] = [a, column(1)]", y, split))

  package static let textColumn = DiagnosticCode(
    "E0542", "text_column", "A column of text where numbers are needed",
    explanation: """
      Categories become numbers by `one_hot` or `embed`; a class to be predicted is declared: \
      `let y: class(3) = species`. Where a column of numbers holds a stray text, mend the file, or name the text in \
      the source's `missing` setting.
      """)

  package static let moreClasses = DiagnosticCode(
    "E0543", "more_classes", "More classes in the data than declared",
    explanation: "`class(n)` has n values; the model would have no place for the others.")

  package static let missingValues = DiagnosticCode(
    "E0544", "missing_values", "Missing values that nothing stands in for",
    explanation: """
      A missing number would make every result NaN. `-> impute` puts a typical value of the training rows in its \
      place; rows without a class to learn belong out of the file.
      """)

  package static let splitSum = DiagnosticCode(
    "E0545", "split_sum", "Shares that do not add up to all rows",
    explanation: """
      `train`, `validation` and `test` are exact shares of the rows and sum to 100 %. With a separate source of test \
      rows, `train` and `validation` do.
      """,
    wrong: program(x, y, "split: random(train: 80%, validation: 10%, seed: 1)"), right: program(x, y, split))

  package static let shareNotPercent = DiagnosticCode(
    "E0546", "share_not_percent", "A share that is not written as a percentage",
    explanation: "Shares are percentages, so that they are exact: `70%`, `12.5%`.",
    wrong: program(x, y, "split: random(train: 0.8, validation: 20%, seed: 1)"), right: program(x, y, split))

  package static let stratify = DiagnosticCode(
    "E0547", "stratify", "Proportions of something that is no class",
    explanation: "`stratify` keeps the proportions of a class field in every part.",
    wrong: program(x, y, "split: random(train: 80%, validation: 20%, stratify: x)"),
    right: program(x, y, "split: random(train: 80%, validation: 20%, stratify: y)"))

  package static let weightsInData = DiagnosticCode(
    "E0548", "weights_in_data", "A layer with weights in a data block",
    explanation: "Fields are computed before training and hold no weights. Put the layer into the model.",
    wrong: program("let x: [2] = [1, 2] -> dense(2)", y, split), right: program(x, y, split))

  package static let columnRange = DiagnosticCode(
    "E0549", "column_range", "A range of columns that means nothing",
    explanation: """
      `[f0 ... f29]` takes all columns from the first to the last, in the order of the file; `[* except y]` all \
      but some.
      """,
    wrong: program("let x: [2] = [a ..< b]", y, split), right: program(x, y, split))

  package static let recordField = DiagnosticCode(
    "E0550", "record_field", "A field that is a record",
    explanation: "A field of a data block is one tensor. Declare one field for each part.",
    wrong: program("let x: (a: scalar, b: scalar) = (a: a, b: b)", y, split), right: program(x, y, split))

  package static let classesFromReals = DiagnosticCode(
    "E0551", "classes_from_reals", "Classes from numbers that are not whole",
    explanation: "A class is one of a few values: texts, or whole numbers. A measured number is a regression target.")

  package static let unknownDataField = DiagnosticCode(
    "E0553", "unknown_data_field", "A field that the data block does not declare",
    explanation: "`stratify:` and `restore(…, as: …)` name a field, a `let` of the data block, not a column.",
    wrong: program(x, y, "split: random(train: 80%, validation: 20%, stratify: species)"),
    right: program(x, y, "split: random(train: 80%, validation: 20%, stratify: y)"))

  package static let dataNeeded = DiagnosticCode(
    "E0554", "data_needed", "A type that only the data can tell",
    explanation: """
      Without reading the data, the type of a field is known only where it is declared. Declare it, or check without \
      `--no-data`.
      """,
    wrong: program("let x = [a, b]", y, split), right: program(x, y, split))

  package static let notFinite = DiagnosticCode(
    "E0556", "not_finite", "A field that is no finite number for some row",
    explanation: """
      The logarithm of a negative number, a division by zero, or a number beyond 3.4e38 would make every result NaN. \
      The message names the first row. Mend or remove the row, or write a field that bears it: `log1p` takes zeros.
      """)

  package static let folds = DiagnosticCode(
    "E0552", "folds", "`folds` without their number, or with more than there are rows",
    explanation: """
      `folds(5)` trains five times, each time with another fifth of the rows held out.
      """,
    wrong: program(x, y, "split: folds(seed: 1)"), right: program(x, y, "split: folds(5, seed: 1)"))

  package static let jointField = DiagnosticCode(
    "E0558", "joint_field", "Fields declared together that do not fit each other",
    explanation: """
      `let (image, mask) = (images, masks) -> augment(flip: horizontal)` sends several values through the same layers \
      with the same draws: one value in parentheses for each name, images all of one height and width, then the layers. \
      Outside of data blocks a `let` binds one name.
      """,
    wrong: program("let (x, z) = [a, b]", y, split), right: program(x, y, split))

  package static let fixedLength = DiagnosticCode(
    "E0559", "fixed_length", "A varying length where every row has the same",
    explanation: """
      Only texts differ in length from row to row: `tokenize`, or the lines of a text. Columns of numbers and images \
      have one shape, which the type states.
      """,
    wrong: program(x, "let z: [T <= 2] = [a, b]", y, split), right: program(x, y, split))

  package static let rowCondition = DiagnosticCode(
    "E0560", "row_condition", "A condition that does not tell which rows to take",
    explanation: """
      `where:` compares columns of the source with numbers, or `==` and `!=` with texts, joined by `and`, `or` and `not`: \
      `where: label >= 5 and kind != "spoiled"`. A row without a value fulfils no comparison.
      """,
    wrong: program(x, y, split, "where: a + b"), right: program(x, y, split, "where: a < 5 and species != \"none\""))
}
