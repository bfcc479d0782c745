import Datasets
import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension BodyChecker {
  /// A name that the scope does not know: a column of a source that was not read.
  func fieldName(_ name: Name) -> CheckedExpression? {
    guard let columns, !columns.isClosed, file.names[name.text] == nil, Catalog.callable[name.text] == nil,
      Catalog.transform[name.text] == nil
    else { return nil }
    return columns.value(.name(name.text), name.span, in: self)
  }

  var fieldNames: [String] {
    guard let index = fieldsOf else { return [] }
    return checker.data[index].fields.map(\.name)
  }

  /// In a data block, a text column where a class is wanted is encoded by the sorted list of its values; a whole-number
  /// column likewise.
  func coerced(_ value: CheckedExpression, to pattern: ElementPattern) -> CheckedExpression {
    guard let columns, case .column(let index) = value.kind else { return value }
    let column = columns.uses[index]
    guard let summary = columns.column(column.key) else { return value }
    switch (pattern, summary.kind) {
    case (.float, .text):
      return refuse(.textColumn(value.span, summary, file: columns.source?.paths["path"]), value.span)
    case (.classes, .text), (.label, .text), (.any, .text): break
    case (.classes, .number), (.label, .number):
      if !summary.isWhole { return value }
    default: return value
    }
    return encoded(column.key, summary, missing: .none, value.span, offsets: column.offsets)
  }

  func encoded(
    _ key: ColumnUse.Key, _ summary: ColumnSummary, missing: CheckedEncoding.Missing, _ span: Span,
    offsets: ColumnUse.Offsets? = nil
  ) -> CheckedExpression {
    guard let columns else { preconditionFailure("an encoding outside a data block") }
    let index = columns.use(key, .category, span, offsets: offsets, imputes: missing == .mostFrequent)
    let count = Dimension(max(summary.distinctCount, 1))
    var shape = Shape.scalar
    if case .range(let range)? = offsets { shape = Shape([Dimension(range.count)]) }
    let type = TensorType(columns.isText ? .token(count) : .classes(count), shape)
    return CheckedExpression(.encode(CheckedEncoding(column: index, missing: missing)), .tensor(type), span)
  }

  /// A stage of a field: a fitted transform. Nil where it is none.
  func dataStage(_ stage: Expression, _ input: CheckedExpression, _ span: Span) -> CheckedExpression? {
    let name: Name
    var arguments: [Argument] = []
    switch stage.unwrapped.kind {
    case .name(let word): name = word
    case .call(let callee, let given):
      guard let word = callee.name else { return nil }
      name = word
      arguments = given
    default: return nil
    }
    if name.text == Form.tokenize.rawValue, file.names[name.text] == nil {
      return tokenized(input, name, arguments, span)
    }
    guard file.names[name.text] == nil, let declaration = Catalog.transform[name.text] else { return nil }
    return transformed(input, declaration, name, arguments, span)
  }

  /// `log(price)` in a data block, or a transform as a layer value, which only a chain can take.
  func transformCall(
    _ declaration: TransformDeclaration, _ name: Name, _ arguments: [Argument], _ span: Span
  ) -> CallOutcome {
    guard let first = arguments.first, first.label == nil,
      !(declaration.settings.first(where: \.isPositional).map { looksLike(first.value, $0.kind) } ?? false)
    else {
      report(.transformNeedsChain(name))
      return .broken
    }
    return .value(transformed(value(first.value), declaration, name, Array(arguments.dropFirst()), span))
  }

  private func transformed(
    _ input: CheckedExpression, _ declaration: TransformDeclaration, _ name: Name, _ arguments: [Argument], _ span: Span
  ) -> CheckedExpression {
    guard let settings = plainSettings(arguments, declaration.settings, of: name) else { return unknown(span) }
    if case .scalar(.literal(let low))? = settings["low"], case .scalar(.literal(let high))? = settings["high"],
      low >= high
    {
      let labels = arguments.filter { ["low", "high"].contains($0.label?.text) }
      let place = labels.first.map { $0.span.union(labels[labels.count - 1].span) } ?? name.span
      return refuse(.orderOfBounds(declaration.name, low, high, at: place), span)
    }
    if declaration.name == "impute", let columns, case .column(let index) = input.kind,
      let summary = columns.column(columns.uses[index].key), summary.kind == .text
    {
      let use = columns.uses[index]
      columns.takeBack(index, madeAt: input.span)
      return encoded(use.key, summary, missing: .mostFrequent, span, offsets: use.offsets)
    }
    var input = coerced(input, to: declaration.input)
    // A sequence of one column has one scale, not one for each of its positions.
    let isSequence = isSequence(input)
    if isSequence, case .tensor(var type) = input.type {
      type.shape.axes.append(Axis(1))
      input.type = .tensor(type)
    }
    let site = nextSite(declaration.name)
    guard case .tensor(let type) = input.type else {
      if case .record = input.type { return refuse(.recordAsTensor(input.span, text(input.span)), span) }
      if input.isUnknown { return input }
      return CheckedExpression(
        .transform(declaration.name, site: site, settings: settings, input: input), .unknown, span)
    }
    guard accepts(declaration.input, type.element) else {
      return refuse(.transformElement(name, text(type)), span)
    }
    let context = ShapeContext(
      inputs: [type], settings: Settings(settings.mapValues(settingValue)),
      apply: { _, _ throws(ShapeReason) in throw ShapeReason("a transform applies no layers") },
      require: { [self] fact, reason throws(ShapeReason) in
        if verdict(fact) != .proven { throw reason }
      })
    do {
      var result = try declaration.shape(context)
      if isSequence, result.shape.axes.count == 2 { result.shape.axes.removeLast() }
      return CheckedExpression(
        .transform(declaration.name, site: site, settings: settings, input: input), .tensor(result), span)
    } catch {
      return refuse(.refused(error, at: name.span), span)
    }
  }

  // MARK: Fields

  /// A field of a data block: its value, held against its annotation and against what the file says of its columns.
  func field(_ binding: Binding) -> (type: CheckedType, value: CheckedExpression) {
    let declaredType = binding.type.map { type($0) }
    fieldType = declaredType?.tensor
    isFieldTypeBroken = declaredType == .unknown
    defer { (fieldType, isFieldTypeBroken) = (nil, false) }
    var value = value(binding.value, expecting: nil)
    if case .tensor(let type) = value.type, type.element == .text { value = coerced(value, to: .any) }
    guard let typeExpression = binding.type, let declared = declaredType else { return (value.type, value) }
    if isTokenized(value) { return (declared, value) }
    if case .record = declared {
      report(.recordField(binding.name, at: typeExpression.span))
      return (.unknown, value)
    }
    guard case .tensor(let wanted) = declared else { return (.unknown, value) }
    if wanted.element.isLabel {
      let checked = label(value, wanted, typeExpression, binding)
      return (checked.isUnknown ? .unknown : declared, checked)
    }
    value = coerced(value, to: .float)
    if reportsBatch(typeExpression, wanted, value) { return (.unknown, unknown(value.span)) }
    let fitted = fit(
      value, declared, at: binding.value.culprit, place: typeExpression.span,
      mismatch: { declared, actual, span, place in
        var result = Diagnostic.annotationMismatch(
          binding.name, declared: declared, actual: actual, at: span, declaredAt: place)
        if wanted.element == .bool { return explainingTruth(result, value, binding, place) }
        if case .classes(let count)? = value.type.tensor?.element, wanted.shape.sizes == [count] {
          result.fixes = [
            Fix(
              "make it numbers, one for each class", [Edit(binding.value.span.ending, " -> one_hot")], isCertain: true)
          ]
        }
        return result
      })
    return (fitted.isUnknown ? .unknown : declared, fitted)
  }

  /// How a column becomes truth values: `kind == 1` where it is 0 and 1, or two classes.
  private func explainingTruth(
    _ diagnostic: Diagnostic, _ value: CheckedExpression, _ binding: Binding, _ place: Span
  ) -> Diagnostic {
    var result = diagnostic
    let key = labelColumn(value)?.key
    let summary = key.flatMap { columns?.column($0) }
    let written = text(binding.value.span)
    if value.type == .scalar {
      let isBinary = summary.map { $0.isWhole && $0.minimum == 0 && $0.maximum == 1 } ?? false
      result.fixes = [
        Fix("write `\(written) == 1`", [Edit(binding.value.span.ending, " == 1")], isCertain: isBinary)
      ]
    } else if summary?.distinctCount == 2 {
      result.fixes = [Fix("declare two classes: `class(2)`", [Edit(place, "class(2)")], isCertain: false)]
    } else {
      result.notes.append("truth values come from comparisons: `\(written) == 1`, or `class(2)` of two categories")
    }
    return result
  }

  /// What to do where a metric wants truth values and a field of 0 and 1 is given.
  func explainingTruth(_ diagnostic: Diagnostic, _ inputs: [CheckedExpression?]) -> Diagnostic {
    guard let index = fieldsOf else { return diagnostic }
    var result = diagnostic
    for case .field(let name)? in inputs.map({ $0?.kind }) {
      guard let field = checker.data[index].fields.first(where: { $0.name == name }), field.type == .scalar,
        case .column(let column)? = field.value?.kind, let columns = checker.data[index].columns,
        let summary = columns.column(columns.uses[column].key), summary.isWhole, summary.minimum == 0,
        summary.maximum == 1
      else { continue }
      result = result.with(field.span, "0 and 1 as numbers")
        .noting("`let \(name): bool = \(summary.name) == 1` makes truth values of them, `class(2)` classes")
    }
    return result
  }

  /// A value as classes, as far as its column has them; the binding's type is the place of the declaration.
  func classes(_ value: CheckedExpression, _ wanted: TensorType, _ binding: Binding) -> CheckedExpression {
    guard let type = binding.type else { return value }
    return label(value, wanted, type, binding)
  }

  /// `let y: class(3) = species`
  private func label(
    _ value: CheckedExpression, _ wanted: TensorType, _ type: TypeExpression, _ binding: Binding
  ) -> CheckedExpression {
    let result = CheckedExpression(value.kind, .tensor(wanted), value.span)
    guard let columns, let source = labelColumn(value), let summary = columns.column(source.key) else {
      if case .column = value.kind { return result }
      if let (value, label) = classBehindOneHot([value]) {
        return refuse(oneHotTarget(binding.name.text, value, label), value.span)
      }
      return fit(
        value, .tensor(wanted), place: type.span,
        mismatch: { .annotationMismatch(binding.name, declared: $0, actual: $1, at: $2, declaredAt: $3) })
    }
    if let column = columnUse(value), columns.isText || column.offsets != nil {
      return windowLabel(value, source, summary, column.offsets, wanted, at: type, binding)
    }
    guard let count = wanted.element.labelCount?.constant else { return result }
    if summary.kind == .tensor {
      guard wanted.shape.sizes == summary.shape.map({ Dimension($0) }) else {
        return refuse(
          .annotationMismatch(
            binding.name, declared: text(wanted), actual: text(value.type), at: value.span, declaredAt: type.span),
          value.span)
      }
      if let problem = indexProblem(summary, classes: count, value.span, type.span) {
        return refuse(problem, value.span)
      }
      if let most = summary.maximum, most < Double(count - 1) {
        warnSparse(binding, summary, declared: count, found: Int(most) + 1, type)
      }
      return result
    }
    guard wanted.shape.isScalar else {
      return refuse(
        .annotationMismatch(
          binding.name, declared: text(wanted), actual: "class(\(summary.distinctCount))", at: value.span,
          declaredAt: type.span), value.span)
    }
    if summary.kind == .number, !summary.isWhole {
      return refuse(.classesFromReals(summary, at: value.span), value.span)
    }
    if source.missing == .none, summary.missing > 0 {
      report(.missingLabels(summary, at: value.span))
    }
    let isIndex =
      summary.kind == .number && (summary.minimum ?? 0) >= 0 && (summary.maximum ?? 0) <= Double(count - 1)
    if summary.distinctCount > count {
      return refuse(.moreClasses(summary, declared: count, at: type.span), value.span)
    }
    if summary.distinctCount < count {
      warnSparse(binding, summary, declared: count, found: summary.distinctCount, type)
    }
    if isIndex, source.missing == .none {
      return CheckedExpression(.column(columns.use(source.key, .number, value.span)), .tensor(wanted), value.span)
    }
    let index = columns.use(source.key, .category, value.span, imputes: source.missing == .mostFrequent)
    return CheckedExpression(
      .encode(CheckedEncoding(column: index, missing: source.missing)), .tensor(wanted), value.span)
  }

  /// What keeps the numbers of an array from being indices of so many classes; nil where they are.
  private func indexProblem(
    _ summary: ColumnSummary, classes count: Int, _ span: Span, _ typeSpan: Span
  ) -> Diagnostic? {
    if let most = summary.maximum, most >= Double(count) {
      return .classIndex(summary, classes: count, at: typeSpan, greatest: most)
    }
    if let least = summary.minimum, least < 0 {
      return .negativeClass(summary, classes: count, at: typeSpan, least: least)
    }
    if summary.missing > 0 { return .missingLabels(summary, at: span) }
    return summary.isWhole ? nil : .classesFromReals(summary, at: span)
  }

  private func columnUse(_ value: CheckedExpression) -> ColumnUse? {
    switch value.kind {
    case .column(let index): columns?.uses[index]
    case .encode(let encoding): columns?.uses[encoding.column]
    default: nil
    }
  }

  private func warnSparse(
    _ binding: Binding, _ summary: ColumnSummary, declared: Int, found: Int, _ type: TypeExpression
  ) {
    report(.fewerClasses(summary, declared: declared, found: found, at: type.span))
    if case .data(let index) = kind {
      checker.data[index].sparseLabels[binding.name.text] = (found, declared, type.span)
    }
  }

  /// Tells of the classes that the data lack where inputs do not fit a label for that reason.
  func explainingClasses(_ diagnostic: Diagnostic, _ inputs: [CheckedExpression?]) -> Diagnostic {
    guard let index = fieldsOf else { return diagnostic }
    var result = diagnostic
    for case .field(let name)? in inputs.map({ $0?.kind }) {
      guard let sparse = checker.data[index].sparseLabels[name] else { continue }
      checker.explained.insert(sparse.span)
      result = result.with(
        sparse.span,
        "\(sparse.declared) are declared here, but the data have \(counted(sparse.found, "class", "classes"))")
    }
    return result
  }

  private func labelColumn(
    _ value: CheckedExpression
  ) -> (key: ColumnUse.Key, missing: CheckedEncoding.Missing)? {
    switch value.kind {
    case .column(let index): columns.map { ($0.uses[index].key, .none) }
    case .encode(let encoding): columns.map { ($0.uses[encoding.column].key, encoding.missing) }
    default: nil
    }
  }

  /// Columns with missing values that nothing puts a value in place of.
  func columnsWithMissing(_ expression: CheckedExpression) -> [(summary: ColumnSummary, span: Span)] {
    guard let columns else { return [] }
    switch expression.kind {
    case .column(let index):
      guard let summary = columns.column(columns.uses[index].key), summary.missing > 0, summary.kind == .number,
        expression.type.tensor?.element == .float
      else { return [] }
      return [(summary, expression.span)]
    case .transform(let name, _, _, let input): return name == "impute" ? [] : columnsWithMissing(input)
    case .list(let elements): return elements.flatMap(columnsWithMissing)
    case .arithmetic(let first, let rest): return columnsWithMissing(first) + rest.flatMap { columnsWithMissing($0.1) }
    case .matrixProduct(let a, let b): return columnsWithMissing(a) + columnsWithMissing(b)
    case .negate(let inner), .not(let inner), .slice(let inner, _), .member(let inner, _), .apply(_, let inner):
      return columnsWithMissing(inner)
    case .call(let call): return call.inputs.compactMap { $0 }.flatMap(columnsWithMissing)
    case .record(let fields): return fields.flatMap { columnsWithMissing($0.value) }
    default: return []
    }
  }
}
