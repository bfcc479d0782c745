/// A flag as the user types it. The table is the only place that lists flags: the parser, `--help`, the completions
/// and the manual read it.
package struct FlagDeclaration: Sendable, Hashable {
  /// Without the dashes.
  package let name: String
  /// What stands for the value in help, nil for a switch.
  package let value: String?
  /// The words that the value may be, where it is one of a few.
  package let choices: [String]
  /// Whether it may be given more than once.
  package let repeats: Bool
  package let doc: String
  package init(_ name: String, value: String? = nil, choices: [String] = [], repeats: Bool = false, doc: String) {
    self.name = name
    self.value = value
    self.choices = choices
    self.repeats = repeats
    self.doc = doc
  }
}

package struct CommandDeclaration: Sendable {
  package let name: String
  /// `FILE…`, as help shows it.
  package let arguments: String
  package let argumentRange: ClosedRange<Int>
  package let summary: String
  package let details: String
  package let flags: [FlagDeclaration]
  let run: @Sendable (Invocation, Console) -> ExitCode
}

/// The exit codes that the design promises.
package enum ExitCode: Int32, Sendable {
  case fine = 0
  /// Something is wrong with what the user wrote or gave.
  case rejected = 1
  /// Wrong usage, or a file that cannot be read or written.
  case usage = 2
  /// Training failed.
  case failed = 3
  case hungUp = 129
  case interrupted = 130
  case terminated = 143
}

extension FlagDeclaration {
  static let help = FlagDeclaration("help", doc: "Show the help of a command.")
  static let format = FlagDeclaration(
    "format", value: "FORMAT", choices: ["human", "concise", "json", "sarif", "github"],
    doc: "How diagnostics are written; human by default.")
  static let set = FlagDeclaration(
    "set", value: "NAME=VALUE", repeats: true, doc: "Replace a top-level constant of the file.")
  static let data = FlagDeclaration("data", value: "FOLDER", doc: "Look data files up in this folder first.")
  static let allowOutside = FlagDeclaration(
    "allow-outside", doc: "Let the file name paths outside its own folder.")
  static let noData = FlagDeclaration("no-data", doc: "Do not read the data; check what can be checked without.")
  static let seed = FlagDeclaration("seed", value: "N", doc: "Replace the seed of the file.")
  static let threads = FlagDeclaration(
    "threads", value: "N", doc: "Use so many threads; all processors by default. The results do not depend on it.")
  static let quiet = FlagDeclaration("quiet", doc: "Print the results only.")
  static let weights = FlagDeclaration(
    "weights", value: "FILE", doc: "Take the weights from this safetensors file instead of the run folder's.")
  static let train = FlagDeclaration("train", value: "NAME", doc: "Choose a train block by its name.")
}

package enum CommandTable {
  package static let commands: [CommandDeclaration] = [
    CommandDeclaration(
      name: "check", arguments: "FILE…", argumentRange: 1...10_000,
      summary: "Report every mistake of a file without training",
      details: """
        Reads the file (or standard input for -), the files it imports and a summary of its data, and reports all
        independent mistakes. Exits with 1 where there is an error.
        """,
      flags: [
        .format, .set, .data, .allowOutside, .noData,
        FlagDeclaration("fix", doc: "Apply the fixes that are certain, then check again."),
      ], run: checkCommand),
    CommandDeclaration(
      name: "run", arguments: "FILE", argumentRange: 1...1,
      summary: "Train and evaluate what a file describes",
      details: """
        Trains each train block in file order, evaluates it on the test split, and leaves a run folder: weights, metrics
        of every epoch (metrics.jsonl), predictions for the test rows, samples, the plan, the program with everything that
        it leaves out, and a manifest of how it was made. Without --out the folder is runs/NAME-N in the working folder.
        Ctrl-C (and SIGTERM and SIGHUP) ends a training after its step: the folder gets the weights as they are and a
        checkpoint, from which --resume goes on to the same bits as if the run had never stopped. A run that was killed
        goes on from its last checkpoint.
        """,
      flags: [
        .set, .seed, .threads, FlagDeclaration("epochs", value: "N", doc: "Replace the number of epochs."),
        FlagDeclaration("out", value: "FOLDER", doc: "Leave the run in this folder, which must not exist yet."),
        FlagDeclaration(
          "resume", value: "RUN",
          doc: "Go on with the run in this folder, where it was interrupted; file, data and settings must be the same."),
        .data, .allowOutside, .format, .quiet,
      ], run: runCommand),
    CommandDeclaration(
      name: "sweep", arguments: "FILE", argumentRange: 1...1,
      summary: "Search the constants of a file for the best training",
      details: """
        Runs one training for each trial of the file's sweep block, prints the trials with the best first and the --set
        arguments that repeat it, and leaves a run folder with a line of JSON for each trial. Every combination of listed
        values is checked before the first trial.
        """,
      flags: [
        .set, .seed, .threads, .train,
        FlagDeclaration("trials", value: "N", doc: "Replace the number of trials."),
        FlagDeclaration("epochs", value: "N", doc: "Replace the number of epochs."),
        FlagDeclaration("out", value: "FOLDER", doc: "Leave the results in this folder, which must not exist yet."),
        .data, .allowOutside, .format, .quiet,
      ], run: sweepCommand),
    CommandDeclaration(
      name: "test", arguments: "FILE", argumentRange: 1...1,
      summary: "Run the test blocks of a file",
      details: """
        Decides every expectation and shows those that do not hold, with what was expected and what came out. Exits with
        1 where a test fails.
        """,
      flags: [.set, .seed, .threads, .data, .allowOutside, .format], run: testCommand),
    CommandDeclaration(
      name: "eval", arguments: "RUN", argumentRange: 1...1,
      summary: "Evaluate the weights of a run folder again",
      details: "Computes the losses and metrics of the run's train block on a split.",
      flags: [
        FlagDeclaration(
          "split", value: "SPLIT", choices: ["train", "validation", "test"], doc: "The rows; test by default."),
        .weights, .train, .threads, .data, .allowOutside, .format,
      ], run: evalCommand),
    CommandDeclaration(
      name: "predict", arguments: "RUN [INPUT]", argumentRange: 1...2,
      summary: "Compute the declared outputs for new rows",
      details: """
        Reads the columns that the outputs need from INPUT (csv, npy or safetensors; - for any of them from standard input; a
        picture or a folder of them, a text, or a file of lines where the program reads such; the run's own test rows
        without it) and writes CSV, with fitted scales and names of classes taken from the run.
        """,
      flags: [
        FlagDeclaration("out", value: "FILE", doc: "Write to this file instead of standard output."), .weights, .train,
        .threads, .data, .allowOutside, .format,
      ], run: predictCommand),
    CommandDeclaration(
      name: "sample", arguments: "RUN", argumentRange: 1...1,
      summary: "Draw the samples that a train block declares from its weights",
      details: """
        Prints the texts of `samples: (text: generate(…))`, and writes everything else to files: images as a grid (PNG),
        numbers as CSV. The same seed gives the same samples.
        """,
      flags: [
        FlagDeclaration("start", value: "TEXT", doc: "Go on from this text."),
        FlagDeclaration("length", value: "N", doc: "Draw so many tokens."),
        FlagDeclaration("temperature", value: "X", doc: "Divide the logits by this; 0 takes the likeliest token."),
        FlagDeclaration("count", value: "N", doc: "Draw so many images or rows of numbers; 64 by default."),
        FlagDeclaration("out", value: "FOLDER", doc: "Write files into this folder instead of the working folder."),
        .seed, .weights, .train, .threads, .data, .allowOutside, .format,
      ], run: sampleCommand),
    CommandDeclaration(
      name: "summary", arguments: "FILE", argumentRange: 1...1,
      summary: "List layers, shapes, weights and the work of an example",
      details: "One table for each model: every weight by its path, and the arithmetic of one example.",
      flags: [
        .set, .data, .allowOutside, .noData,
        FlagDeclaration("format", value: "FORMAT", choices: ["human", "json"], doc: "How the table is written."),
      ], run: summaryCommand),
    CommandDeclaration(
      name: "plan", arguments: "FILE", argumentRange: 1...1,
      summary: "Print the execution plan of each training step",
      details: "One line for each instruction: its kernel, shapes, buffers and where it comes from.",
      flags: [
        .set, .data, .allowOutside, .threads, .train,
        FlagDeclaration("time", doc: "Run some steps and print the time of each instruction."), .format,
      ], run: planCommand),
    CommandDeclaration(
      name: "show", arguments: "FILE", argumentRange: 1...1,
      summary: "Print what the compiler understood",
      details: "The data's columns, the shapes of fields and models; with --defaults every setting that was left out.",
      flags: [
        .set, .data, .allowOutside, .noData, FlagDeclaration("defaults", doc: "Show the defaults that a run uses."),
        .format,
      ], run: showCommand),
    CommandDeclaration(
      name: "fmt", arguments: "FILE…", argumentRange: 1...10_000,
      summary: "Format files in place",
      details: "There is one style and no options. A file with syntax errors is left alone. - formats standard input.",
      flags: [
        FlagDeclaration("check", doc: "Change nothing; exit with 1 where a file is not formatted."),
        FlagDeclaration("diff", doc: "Change nothing; print what would change."),
      ], run: formatCommand),
    CommandDeclaration(
      name: "explain", arguments: "CODE|NAME", argumentRange: 0...1,
      summary: "Explain a diagnostic, a layer, a loss, an optimizer or a setting",
      details: "Without an argument it lists everything that can be explained.",
      flags: [], run: explainCommand),
    CommandDeclaration(
      name: "new", arguments: "FILE", argumentRange: 1...1,
      summary: "Write a small program to start from",
      details: "With --from the columns of a csv file become the fields; the file must not exist yet.",
      flags: [FlagDeclaration("from", value: "CSV", doc: "A csv file; its last column is the target.")],
      run: newCommand),
    CommandDeclaration(
      name: "help", arguments: "[COMMAND]", argumentRange: 0...1, summary: "Show this help, or that of a command",
      details: "", flags: [], run: helpCommand),
    CommandDeclaration(
      name: "completions", arguments: "SHELL", argumentRange: 1...1,
      summary: "Print completions for bash, zsh or fish", details: "", flags: [], run: completionsCommand),
    CommandDeclaration(
      name: "version", arguments: "", argumentRange: 0...0, summary: "Print the version", details: "", flags: [],
      run: versionCommand),
  ]

  package static func command(_ name: String) -> CommandDeclaration? { commands.first { $0.name == name } }
}
