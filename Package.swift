// swift-tools-version: 6.2
import PackageDescription

let strictSwift: [SwiftSetting] = [.treatAllWarnings(as: .error)]
let strictC: [CSetting] = [.treatAllWarnings(as: .error), .enableWarning("all")]

/// A library module and what it may import.
func module(_ name: String, _ dependencies: [String] = [], notes: [String] = []) -> Target {
  .target(
    name: name, dependencies: dependencies.map { .init(stringLiteral: $0) },
    exclude: notes, swiftSettings: strictSwift)
}

/// The tests of a module; what they may import beside it.
func tests(_ name: String, _ dependencies: [String] = []) -> Target {
  .testTarget(
    name: name + "Tests",
    dependencies: ([name] + dependencies).map { .init(stringLiteral: $0) },
    swiftSettings: strictSwift)
}

let package = Package(
  name: "nnc",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "nnc", targets: ["nnc"]),
    .executable(name: "nnbench", targets: ["nnbench"]),
  ],
  targets: [
    // In the order in which data flows; `Tests/ArchitectureTests` holds the imports to this table.
    module("Diagnostics"),
    module("Syntax", ["Diagnostics"]),
    module("Tensors"),
    .target(name: "CKernels", cSettings: strictC, linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    module("Graphs", ["Tensors"]),
    module("Declarations", ["Tensors", "Graphs"]),
    module("Layers", ["Declarations", "Graphs", "Tensors"]),
    module("Datasets", ["Diagnostics", "Declarations", "Tensors"]),
    module("Checking", ["Diagnostics", "Syntax", "Declarations", "Layers", "Datasets", "Tensors"]),
    module("Elaboration", ["Diagnostics", "Checking", "Declarations", "Layers", "Graphs", "Tensors"]),
    module("Lowering", ["Graphs", "Tensors"], notes: ["README.md"]),
    module("Execution", ["Lowering", "Graphs", "Tensors", "CKernels"], notes: ["README.md"]),
    module(
      "Training",
      [
        "Declarations", "Checking", "Layers", "Datasets", "Elaboration", "Graphs", "Lowering", "Execution", "Tensors",
      ]),
    module(
      "Runs",
      ["Diagnostics", "Checking", "Datasets", "Declarations", "Elaboration", "Execution", "Training", "Tensors"]),
    module(
      "Driver",
      [
        "Diagnostics", "Syntax", "Tensors", "Declarations", "Graphs", "Layers", "Datasets", "Checking",
        "Elaboration", "Lowering", "Execution", "Training", "Runs",
      ]),
    .executableTarget(name: "nnc", dependencies: ["Driver"], swiftSettings: strictSwift),
    .executableTarget(
      name: "nnbench",
      dependencies: [
        "CKernels", "Declarations", "Driver", "Execution", "Graphs", "Layers", "Lowering", "Tensors",
      ],
      exclude: ["README.md"], swiftSettings: strictSwift),
    tests("Tensors"),
    tests("CKernels"),
    tests("Graphs", ["Tensors"]),
    tests("Lowering", ["Graphs", "Tensors"]),
    tests("Execution", ["Lowering", "Graphs", "Tensors"]),
    tests("Layers", ["Declarations", "Graphs", "Tensors"]),
    tests("Syntax", ["Diagnostics"]),
    tests("Checking", ["Diagnostics", "Syntax", "Declarations", "Datasets", "Layers"]),
    tests("Datasets", ["Diagnostics", "Tensors"]),
    tests(
      "Runs",
      [
        "Checking", "Datasets", "Declarations", "Diagnostics", "Elaboration", "Execution", "Graphs", "Layers",
        "Lowering", "Syntax", "Tensors", "Training",
      ]),
    tests("Driver", ["Diagnostics", "Runs", "Tensors"]),
    .testTarget(name: "ArchitectureTests", swiftSettings: strictSwift),
  ]
)
