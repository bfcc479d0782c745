import Declarations
import Layers

/// What parses and is checked as far as its types go, and cannot be run yet. As a feature lands, its line goes.
enum Unsupported {
  /// Built-ins that the language knows and the catalogue lacks, by name, with how a message calls them.
  static let callables: [String: String] = Dictionary(
    uniqueKeysWithValues: [
      "augment", "binary_focal", "contrastive",
    ].filter { Catalog.callable[$0] == nil }.map { ($0, "`\($0)`") })

  static let varyingData = "a field whose length differs from example to example"
}
