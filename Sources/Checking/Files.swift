import Diagnostics
import Layers
import Syntax

/// What a name stands for in a file.
enum Entity: Hashable {
  /// Indices into the checker's tables.
  case constant(Int)
  case layer(Int)
  case data(Int)
  /// Something that could not be had, and was reported.
  case unknown

  /// Whether both are of one kind.
  func isLike(_ other: Entity) -> Bool {
    switch (self, other) {
    case (.constant, .constant), (.layer, .layer), (.data, .data), (.unknown, .unknown): true
    default: false
    }
  }
}

/// One file: its tree and its names.
final class FileScope {
  let path: String
  let unit: SourceUnit
  var names: [String: Entity] = [:]
  /// Where each name was declared.
  var places: [String: Span] = [:]
  /// Names that something uses.
  var used: Set<String> = []
  /// Names that an import brought in.
  var imported: [String: Span] = [:]
  var hasSyntaxErrors = false

  init(path: String, unit: SourceUnit) {
    self.path = path
    self.unit = unit
  }
}

extension Checker {
  /// Loads the file and what it imports, and declares every name. Imports are followed breadth first without
  /// recursion; a cycle of imports is an error at the import that closes it.
  func load(_ parsed: ParsedFile) {
    let root = FileScope(path: sources[parsed.unit.file].path, unit: parsed.unit)
    add(root, diagnostics: parsed.diagnostics)
    var loaded: [String: Int] = [root.path: 0]
    /// Importers by file, to notice cycles.
    var importers: [Int: Set<Int>] = [:]
    var pending: [(file: Int, declaration: ImportDeclaration)] = imports(of: 0)
    var bindings: [(file: Int, declaration: ImportDeclaration, target: Int?)] = []
    var next = 0
    while next < pending.count {
      let (file, declaration) = pending[next]
      next += 1
      let target = resolve(declaration, from: file, loaded: &loaded, pending: &pending)
      if let target {
        if target == file || isAncestor(target, of: file, importers) {
          report(.importCycle(declaration, path: files[target].path))
          bindings.append((file, declaration, nil))
          continue
        }
        importers[target, default: []].insert(file)
      }
      bindings.append((file, declaration, target))
    }
    // Deepest first, so that what a file imports can be imported from it no further than it declares itself.
    for (file, declaration, target) in bindings { bind(declaration, in: files[file], from: target.map { files[$0] }) }
  }

  private func imports(of file: Int) -> [(Int, ImportDeclaration)] {
    files[file].unit.declarations.compactMap {
      if case .import(let declaration) = $0 { (file, declaration) } else { nil }
    }
  }

  private func isAncestor(_ file: Int, of other: Int, _ importers: [Int: Set<Int>]) -> Bool {
    var seen: Set<Int> = []
    var stack = [other]
    while let current = stack.popLast() {
      if current == file { return true }
      if seen.insert(current).inserted { stack += importers[current] ?? [] }
    }
    return false
  }

  private func resolve(
    _ declaration: ImportDeclaration, from file: Int, loaded: inout [String: Int],
    pending: inout [(file: Int, declaration: ImportDeclaration)]
  ) -> Int? {
    guard let load = options.load else {
      report(.importUnavailable(declaration, ImportProblem("files cannot be imported here")))
      return nil
    }
    switch load(declaration.path, files[file].path) {
    case .failure(let problem):
      report(.importUnavailable(declaration, problem))
      return nil
    case .success(let imported):
      if let known = loaded[imported.path] { return known }
      if files.count >= 1_000 {
        report(.importUnavailable(declaration, ImportProblem("more than 1 000 files are imported")))
        return nil
      }
      let id = sources.add(path: imported.path, bytes: imported.bytes)
      let parsed = parse(sources[id])
      let index = files.count
      loaded[imported.path] = index
      add(FileScope(path: imported.path, unit: parsed.unit), diagnostics: parsed.diagnostics)
      pending += imports(of: index)
      return index
    }
  }

  private func bind(_ declaration: ImportDeclaration, in file: FileScope, from target: FileScope?) {
    for name in declaration.names {
      var entity = Entity.unknown
      if let target {
        if let found = target.names[name.text], target.imported[name.text] == nil {
          entity = found
        } else if !target.hasSyntaxErrors {
          let own = target.names.keys.filter { target.imported[$0] == nil }
          report(.importedNameUnknown(name, path: declaration.path, candidates: own))
        }
      }
      declare(name, entity, in: file)
      file.imported[name.text] = name.span
    }
  }

  private func add(_ file: FileScope, diagnostics: [Diagnostic]) {
    file.hasSyntaxErrors = diagnostics.contains { $0.severity == .error }
    for diagnostic in diagnostics { report(diagnostic) }
    files.append(file)
    for declaration in file.unit.declarations {
      switch declaration {
      case .constant(let binding):
        constants.append(ConstantEntry(binding: binding, file: file))
        declare(binding.name, .constant(constants.count - 1), in: file)
      case .layer(let layer):
        layers.append(LayerEntry(declaration: layer, file: file))
        if Catalog.callable[layer.name.text] != nil || Form(rawValue: layer.name.text) != nil {
          report(.shadowsBuiltin(layer.name))
        }
        declare(layer.name, .layer(layers.count - 1), in: file)
      case .data(let block):
        data.append(DataEntry(declaration: block, file: file))
        declare(block.name, .data(data.count - 1), in: file)
      case .import, .train, .sweep, .test:
        break
      }
    }
  }

  /// Gives a name its meaning; the first declaration of a name keeps it.
  func declare(_ name: Name, _ entity: Entity, in file: FileScope) {
    if name.text.isEmpty { return }
    if let earlier = file.places[name.text] {
      report(.duplicateDeclaration(name, earlier: earlier))
      // Which of them a place means is not known where they are of two kinds.
      if let first = file.names[name.text], !first.isLike(entity) { file.names[name.text] = .unknown }
      return
    }
    file.names[name.text] = entity
    file.places[name.text] = name.span
  }
}
