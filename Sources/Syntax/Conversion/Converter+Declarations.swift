import Diagnostics

extension Converter {
  /// The declaration of a node; nil where its name is missing, or for what is no declaration.
  func declaration(_ index: Int) -> Declaration? {
    let children = tree.children(of: index)
    let span = tree.span(ofNode: index)
    let doc = documentation(before: Int(tree.nodes[index].tokenStart))
    switch tree.nodes[index].kind {
    case .importDeclaration: return importDeclaration(children, span).map(Declaration.import)
    case .binding: return binding(index).map(Declaration.constant)
    case .dataDeclaration: return data(children, doc, span).map(Declaration.data)
    case .layerDeclaration: return layer(children, doc, span).map(Declaration.layer)
    case .trainDeclaration: return train(children, doc, span).map(Declaration.train)
    case .sweepDeclaration: return sweep(children, doc, span).map(Declaration.sweep)
    case .testDeclaration: return test(children, doc, span).map(Declaration.test)
    default: return nil
    }
  }

  private func importDeclaration(_ children: ArraySlice<Child>, _ span: Span) -> ImportDeclaration? {
    let names = names(.names, in: children)
    guard let path = children.last(where: { token($0)?.kind == .string })?.tokenIndex, !names.isEmpty else {
      return nil
    }
    return ImportDeclaration(names: names, path: string(path) ?? "", pathSpan: tree.span(tree.tokens[path]), span: span)
  }

  private func data(_ children: ArraySlice<Child>, _ doc: [String], _ span: Span) -> DataDeclaration? {
    guard let name = firstName(in: children) else { return nil }
    let source = node(.source, in: children).map { index in
      firstExpression(in: tree.children(of: index).dropFirst()) ?? missing(in: index)
    }
    let contents = blockContents(children)
    return DataDeclaration(
      doc: doc, name: name, source: source ?? missing(name.span.ending), fields: contents.bindings,
      settings: contents.settings, span: span)
  }

  private func layer(_ children: ArraySlice<Child>, _ doc: [String], _ span: Span) -> LayerDeclaration? {
    guard let name = firstName(in: children), let first = children.first.flatMap(token) else { return nil }
    let parameterNode = node(.parameters, in: children)
    let parameters = parameterNode.map { nodes(.parameter, in: tree.children(of: $0)).compactMap(parameter) } ?? []
    let resultNode = node(.resultType, in: children)
    let headerEnd = tree.span(ofNode: resultNode ?? parameterNode ?? node(.name, in: children)!).ending
    let result = resultNode.map { type(in: tree.children(of: $0), else: headerEnd) }
    let factsNode = node(.facts, in: children)
    let facts = factsNode.map { tree.children(of: $0).dropFirst().filter(isExpression).map(expression) } ?? []
    return LayerDeclaration(
      doc: doc, isModel: isModel(first), name: name, parameters: parameters,
      result: result ?? TypeExpression(.missing, headerEnd), facts: facts,
      factsSpan: factsNode.map { tree.span(ofNode: $0) } ?? headerEnd, body: block(in: children, else: headerEnd),
      span: span)
  }

  /// Whether the keyword of a layer or model, which may be a foreign word, says model.
  private func isModel(_ keyword: Token) -> Bool {
    if keyword.keyword != .none { return keyword.keyword == .model }
    let noted = tree.tokenProblems.first { $0.problem == .foreignKeyword && $0.start == keyword.start }
    if let noted { return noted.detail == Int32(Keyword.model.rawValue) }
    return meantKeyword(tree.file.text(keyword.range)) == .model
  }

  private func parameter(_ index: Int) -> Parameter? {
    let children = tree.children(of: index)
    guard let name = firstName(in: children) else { return nil }
    return Parameter(
      name: name, type: annotation(in: children) ?? TypeExpression(.missing, name.span.ending),
      defaultValue: node(.initializer, in: children).map(initializer), span: tree.span(ofNode: index))
  }

  private func train(_ children: ArraySlice<Child>, _ doc: [String], _ span: Span) -> TrainDeclaration? {
    let models = names(.names, in: children)
    guard !models.isEmpty, let data = names(.dataName, in: children).first else { return nil }
    let contents = blockContents(children)
    let steps = node(.block, in: children).map { nodes(.step, in: tree.children(of: $0)).map(step) } ?? []
    let header = node(.label, in: children) ?? node(.dataName, in: children)!
    return TrainDeclaration(
      doc: doc, models: models, frozen: names(.exceptNames, in: children), data: data,
      label: names(.label, in: children).first, bindings: contents.bindings, settings: contents.settings, steps: steps,
      headerSpan: span.beginning.union(tree.span(ofNode: header)), span: span)
  }

  private func step(_ index: Int) -> StepDeclaration {
    let children = tree.children(of: index)
    let contents = blockContents(children)
    return StepDeclaration(
      models: names(.names, in: children), bindings: contents.bindings, settings: contents.settings,
      span: tree.span(ofNode: index))
  }

  private func sweep(_ children: ArraySlice<Child>, _ doc: [String], _ span: Span) -> SweepDeclaration? {
    let models = names(.names, in: children)
    guard !models.isEmpty else { return nil }
    return SweepDeclaration(
      doc: doc, models: models, data: names(.dataName, in: children).first,
      settings: blockContents(children).settings, span: span)
  }

  private func test(_ children: ArraySlice<Child>, _ doc: [String], _ span: Span) -> TestDeclaration? {
    guard let title = children.first(where: { token($0)?.kind == .string })?.tokenIndex else { return nil }
    let statements = node(.block, in: children).map { tree.children(of: $0) } ?? []
    let expectations = nodes(.expectation, in: statements).map { index in
      firstExpression(in: tree.children(of: index).dropFirst()) ?? missing(in: index)
    }
    return TestDeclaration(
      doc: doc, name: string(title) ?? "", nameSpan: tree.span(tree.tokens[title]),
      bindings: blockContents(children).bindings, expectations: expectations, span: span)
  }

  // MARK: Blocks

  private func blockContents(_ children: ArraySlice<Child>) -> (bindings: [Binding], settings: [Setting]) {
    guard let block = node(.block, in: children) else { return ([], []) }
    let statements = tree.children(of: block)
    let settings = nodes(.setting, in: statements).compactMap { index -> Setting? in
      let parts = tree.children(of: index)
      guard let name = firstName(in: parts), tree.nodes[index].problem == .none else { return nil }
      return Setting(
        name: name, value: firstExpression(in: parts) ?? missing(in: index), span: tree.span(ofNode: index))
    }
    return (nodes(.binding, in: statements).compactMap(binding), settings)
  }

  func block(in children: ArraySlice<Child>, else place: Span) -> Block {
    guard let index = node(.block, in: children) else { return Block(statements: [], span: place) }
    var statements: [Block.Statement] = []
    for child in tree.children(of: index) {
      guard let statement = child.nodeIndex else { continue }
      switch tree.nodes[statement].kind {
      case .weight: statements += binding(statement).map { [.weight($0)] } ?? []
      case .binding: statements += binding(statement).map { [.binding($0)] } ?? []
      case .expressionStatement:
        let parts = tree.children(of: statement)
        // The word of a `return` is an unexpected node before the value.
        let value = parts.count > 1 ? parts.last : parts.first
        statements.append(.expression(value.map(expression) ?? missing(in: statement)))
      case .unexpected: statements.append(.expression(missing(tree.span(ofNode: statement))))
      default: break
      }
    }
    return Block(statements: statements, span: tree.span(ofNode: index))
  }

  /// A `let`, a weight or a state of a scan; nil without a name.
  func binding(_ index: Int) -> Binding? {
    let children = tree.children(of: index)
    let pattern = node(.pattern, in: children).map(patternNames) ?? []
    let name: Name
    if let patternNode = node(.pattern, in: children) {
      guard !pattern.isEmpty else { return nil }
      let span = tree.span(ofNode: patternNode)
      name = Name(tree.file.text(span), span)
    } else if let plain = firstName(in: children) {
      name = plain
    } else {
      return nil
    }
    return Binding(
      doc: documentation(before: Int(tree.nodes[index].tokenStart)), name: name, type: annotation(in: children),
      value: node(.initializer, in: children).map(initializer) ?? missing(in: index), span: tree.span(ofNode: index),
      pattern: pattern)
  }

  private func patternNames(_ index: Int) -> [PatternElement] {
    nodes(.argument, in: tree.children(of: index)).compactMap { element in
      let parts = tree.children(of: element)
      return firstName(in: parts).map { PatternElement(name: $0, type: annotation(in: parts)) }
    }
  }

  func initializer(_ index: Int) -> Expression {
    firstExpression(in: tree.children(of: index)) ?? missing(in: index)
  }
}
