import Checking
import Datasets
import Diagnostics
import Elaboration
import Execution
import Tensors
import Training

/// The weights of a training as one file: trainable weights and running statistics by path, the constants of fitted
/// transforms by site, and in the metadata the lists of categories.
package enum WeightsFile {
  static let categoriesKey = "categories"
  /// Classes that stand for missing ones, by column: those of fields with `impute`.
  static let imputedKey = "imputed_fields"
  /// The same in runs of a version in which `impute` held for every field of its column.
  static let imputedColumnsKey = "imputed"
  static let preciseKey = "double_precision"

  /// Everything that prediction needs, with the weights that are in the trainer's store.
  package static func make(from trainer: Trainer) -> Safetensors {
    var file = Safetensors()
    for layout in trainer.layouts.values.sorted(by: { $0.model < $1.model }) {
      let vector = trainer.store.tensor(layout.vectorPath)?.floats ?? []
      for entry in layout.trainable {
        let values = Array(vector[entry.offset..<entry.offset + entry.count])
        file.tensors.append((entry.request.path, HostTensor(shape: entry.request.shape, values)))
      }
      for request in layout.statistics {
        if let value = trainer.store.tensor(request.path) { file.tensors.append((request.path, value)) }
      }
    }
    for (site, constants) in trainer.fitted.sorted(by: { $0.key < $1.key }) {
      for (name, value) in constants.sorted(by: { $0.key < $1.key }) {
        file.tensors.append((TrainElaborator.constantPath(site: site, name: name), value))
      }
    }
    for path in trainer.quantilePaths {
      if let value = trainer.store.tensor(path) { file.tensors.append((path, value)) }
    }
    let data = trainer.program.data[trainer.train.data]
    let lists = byName(trainer.dataset, data) { $0.categories.map { .array($0.values.map(JSON.string)) } }
    if !lists.isEmpty { file.metadata[categoriesKey] = JSON.object([(data.name, .object(lists))]).text() }
    let imputed = byName(trainer.dataset, data) { $0.imputed.map(JSON.string) }
    if !imputed.isEmpty { file.metadata[imputedKey] = JSON.object([(data.name, .object(imputed))]).text() }
    let precise = Set(trainer.dataset.preciseColumns.map { data.columns[$0].shownName }).sorted(by: precedes)
    if !precise.isEmpty {
      file.metadata[preciseKey] = JSON.object([(data.name, .array(precise.map(JSON.string)))]).text()
    }
    return file
  }

  /// What is to be saved of the columns that fields take, once for each name: uses of a column in several ways have one
  /// list of classes. Texts that are cut into tokens would stand here whole, one for each row.
  private static func byName(
    _ dataset: Dataset, _ data: CheckedData, _ value: (Dataset.Column) -> JSON?
  ) -> [(String, JSON)] {
    var names: Set<String> = []
    return data.takenColumns.sorted().compactMap { index in
      let name = data.columns[index].shownName
      guard let value = value(dataset.columns[index]), names.insert(name).inserted else { return nil }
      return (name, value)
    }
  }

  /// The columns whose fields the run computed in double precision, by index.
  package static func precise(in file: Safetensors, data: CheckedData) -> Set<Int> {
    let names = file.metadata[preciseKey].flatMap { JSONReader.read(Array($0.utf8)) }?[data.name]?.array ?? []
    let known = Set(names.compactMap(\.string))
    return Set(
      data.columns.indices.filter { data.columns[$0].role == .number && known.contains(data.columns[$0].shownName) })
  }

  /// The class that stands for a missing one, by the index of the column.
  package static func imputed(in file: Safetensors, data: CheckedData) -> [Int: String] {
    let ofFields = file.metadata[imputedKey]
    let values = (ofFields ?? file.metadata[imputedColumnsKey]).flatMap { JSONReader.read(Array($0.utf8)) }?[data.name]
    var result: [Int: String] = [:]
    for (index, use) in data.columns.enumerated() where use.imputes || ofFields == nil && use.role == .category {
      if let value = values?[use.shownName]?.string { result[index] = value }
    }
    return result
  }

  /// The tensors that hold NaN or an infinity, by name.
  package static func notFinite(in file: Safetensors) -> [String] {
    file.tensors.filter { !$0.value.floats.allSatisfy(\.isFinite) }.map(\.name)
  }

  /// A file of weights with what else a prediction needs, where it lacks that: fitted constants, as whole sites,
  /// quantiles, and the lists in the metadata, from the run's own file.
  package static func completed(
    _ file: Safetensors, by own: Safetensors, sites: [String], quantiles: [String]
  ) -> Safetensors {
    var result = file
    result.metadata.merge(own.metadata) { given, _ in given }
    let known = Set(file.tensors.map(\.name))
    for (name, value) in own.tensors where !known.contains(name) {
      let site = sites.first { name.hasPrefix($0 + ".") }
      let isWhole = site.map { site in !known.contains { $0.hasPrefix(site + ".") } } ?? false
      if isWhole || quantiles.contains(name) { result.tensors.append((name, value)) }
    }
    return result
  }

  /// Copies weights and statistics that carry the models' names into the store.
  ///
  /// Throws where one is missing or has another shape.
  package static func load(
    _ file: Safetensors, path: String, layouts: [ModelLayout], into store: ParameterStore
  ) throws {
    var byName: [String: HostTensor] = [:]
    for (name, value) in file.tensors { byName[name] = value }
    for layout in layouts {
      var vector = [Float](repeating: 0, count: layout.count)
      for entry in layout.trainable {
        let value = try tensor(entry.request.path, entry.request.shape, in: byName, path: path)
        vector.replaceSubrange(entry.offset..<entry.offset + entry.count, with: value.floats)
      }
      try store.set(layout.vectorPath, HostTensor(shape: [layout.count], vector))
      for request in layout.statistics {
        try store.set(
          request.path,
          HostTensor(
            shape: request.shape, try tensor(request.path, request.shape, in: byName, path: path).floats))
      }
    }
  }

  private static func tensor(
    _ name: String, _ shape: [Int]?, of owner: String = "model", in file: [String: HostTensor], path: String
  ) throws(FileFailure) -> HostTensor {
    guard let value = file[name] else {
      let near = closestName(to: name, among: file.keys)
      let hint = near.map { "; the closest name in it is \($0)" } ?? ""
      throw FileFailure(path: path, reason: "it has no tensor \(name)\(hint)", isOfContents: true)
    }
    if let shape, value.shape != shape {
      throw FileFailure(
        path: path, reason: "\(name) has the shape \(value.shape) there, and the \(owner) needs \(shape)",
        isOfContents: true)
    }
    return value
  }

  /// The constants of fitted transforms, by site, and what rounding took from them where the file has that too.
  ///
  /// - Parameter sites: the names and the shapes of the constants of every site.
  /// - Throws: ``FileFailure`` where one is missing or has another shape.
  package static func constants(
    in file: Safetensors, sites: [(site: String, constants: [(name: String, shape: [Int]?)])], path: String
  ) throws(FileFailure) -> [String: [String: HostTensor]] {
    let known = Dictionary(file.tensors.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    var result: [String: [String: HostTensor]] = [:]
    for (site, constants) in sites {
      for (name, shape) in constants {
        let value = try tensor(
          TrainElaborator.constantPath(site: site, name: name), shape, of: "transform", in: known, path: path)
        result[site, default: [:]][name] = value
        let restName = name + TrainElaborator.restSuffix
        let rest = TrainElaborator.constantPath(site: site, name: restName)
        if known[rest] == nil { continue }
        result[site, default: [:]][restName] = try tensor(rest, value.shape, of: "transform", in: known, path: path)
      }
    }
    return result
  }

  /// The list of categories of each column; nil for columns of other kinds, and for those that no field takes.
  ///
  /// A list has as many categories as the program declares. It has fewer for a vocabulary that the texts did not fill,
  /// or where the run's own has: not every class that is declared needs to occur.
  ///
  /// - Parameter own: the metadata of the file that the run wrote.
  /// - Throws: ``FileFailure`` where a list is missing, of another length, or has a category twice.
  package static func categories(
    in file: Safetensors, own: [String: String], data: CheckedData, path: String
  ) throws(FileFailure) -> [CategoryList?] {
    let declared = data.categoryCounts
    let lists = lists(file.metadata, data)
    let ownLists = Self.lists(own, data)
    let taken = data.takenColumns
    var result: [CategoryList?] = []
    for (index, use) in data.columns.enumerated() {
      guard use.role == .category, taken.contains(index) else {
        result.append(nil)
        continue
      }
      let refuse = { (reason: String) in
        FileFailure(path: path, reason: "its list of categories of \(use.shownName) \(reason)", isOfContents: true)
      }
      guard let values = lists?[use.shownName]?.array else { throw refuse("is missing") }
      let texts = values.compactMap(\.string)
      guard texts.count == values.count else { throw refuse("holds something that is no text") }
      let list = CategoryList(distinct: texts, mayBeNumeric: data.source.kind != "text" && use.tokens == nil)
      guard list.values.count == texts.count, Set(texts.map { Array($0.utf8) }).count == texts.count else {
        throw refuse("has a category twice")
      }
      let counts = declared[index]
      let isSparse = use.tokens != nil || texts.count == ownLists?[use.shownName]?.array?.count
      if let most = counts.max(), !counts.contains(texts.count), texts.isEmpty || texts.count > most || !isSparse {
        throw refuse("has the length \(texts.count), and the program needs \(most)")
      }
      result.append(list)
    }
    return result
  }

  private static func lists(_ metadata: [String: String], _ data: CheckedData) -> JSON? {
    metadata[categoriesKey].flatMap { JSONReader.read(Array($0.utf8)) }?[data.name]
  }
}

extension CheckedData {
  /// The numbers of categories that the fields declare, by the index of the column.
  fileprivate var categoryCounts: [Set<Int>] {
    var result = columns.map { use in Set(use.tokens.map { [$0.count] } ?? []) }
    for field in fields {
      field.value.visit { part in
        guard case .encode(let encoding) = part.kind, columns[encoding.column].tokens == nil,
          case .tensor(let type) = part.type, let count = type.element.labelCount?.constant
        else { return }
        result[encoding.column].insert(count)
      }
    }
    return result
  }
}

extension ColumnUse {
  /// The name under which the column's categories are saved.
  var shownName: String {
    let name =
      switch key {
      case .name(let name): name
      case .position(let position): "column \(position)"
      }
    return tokens == nil ? name : "\(name), tokens"
  }
}
