import Diagnostics
import Driver
import Foundation
import Testing

@Suite struct CommandLineTests {
  @Test func everyCommandHasHelpAndUniqueFlags() {
    for command in CommandTable.commands {
      let help = nnc("help", command.name)
      #expect(help.code == 0)
      #expect(help.output.contains(command.summary))
      for flag in command.flags {
        #expect(help.output.contains("--\(flag.name)"))
        #expect(flag.doc.hasSuffix("."))
      }
      #expect(Set(command.flags.map(\.name)).count == command.flags.count)
      #expect(generalHelp().contains(command.name))
    }
    #expect(Set(CommandTable.commands.map(\.name)).count == CommandTable.commands.count)
  }

  @Test func wrongUsageExitsWithTwoAndSuggests() {
    for (words, hint) in [
      (["chekc", "x"], "check"), (["run", "--sed", "1", "x.nnet"], "--seed"),
      (["check", "--format", "jsn", "x.nnet"], "json"), (["help", "rnu"], "run"),
    ] {
      let transcript = Transcript()
      let console = Console(
        style: Style(isColored: false), isTerminal: false, width: 80, output: { transcript.addOutput($0) },
        error: { transcript.addError($0) })
      #expect(runCommandLine(words, console: console) == .usage)
      #expect(transcript.errors.contains("did you mean"))
      #expect(transcript.errors.contains(hint))
    }
    #expect(nnc("run").code == 2)
    #expect(nnc("run", "--seed", "x", "a.nnet").code == 2)
    #expect(nnc("run", "--seed", "1", "--seed", "2", "a.nnet").code == 2)
    #expect(nnc().code == 2)
  }

  /// What cannot be read is not suggested again.
  @Test func aFolderIsNotSuggestedForItself() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path + "/net.nnet", withIntermediateDirectories: true)
    let outcome = nnc("check", scratch.path + "/net.nnet")
    #expect(outcome.code == 2)
    #expect(!outcome.errors.contains("did you mean"), "\(outcome.errors)")
  }

  @Test func wrongUsageIsJSONWhereJSONIsAsked() throws {
    let outcome = nnc("check", "--format", "json", "--nonsense", "x.nnet")
    #expect(outcome.code == 2)
    let json = try #require(JSONReader.read(Array(outcome.output.utf8)))
    #expect(json["usage"]?["message"]?.string?.contains("--nonsense") == true)
  }

  @Test func completionsNameEveryCommand() {
    for shell in ["bash", "zsh", "fish"] {
      let outcome = nnc("completions", shell)
      #expect(outcome.code == 0)
      for command in CommandTable.commands { #expect(outcome.output.contains(command.name)) }
    }
    #expect(nnc("completions", "csh").code == 2)
  }

  @Test func explainsEverything() {
    for code in allDiagnosticCodes {
      let outcome = nnc("explain", code.id)
      #expect(outcome.code == 0)
      #expect(outcome.output.contains(code.explanation))
    }
    for entry in Reference.entries { #expect(nnc("explain", entry.name).code == 0) }
    #expect(nnc("explain", "desne").errors.contains("did you mean dense?"))
    #expect(nnc("explain", "e0201").code == 0)
    #expect(nnc("explain", "lr").output.hasPrefix("lr is `rate` here."))
    for word in ["nn.Linear", "torch.nn.Linear", "keras.layers.Dense"] {
      #expect(nnc("explain", word).output.hasPrefix("\(word) is `dense` here."))
    }
    #expect(nnc("explain", "Conv2D").output.hasPrefix("Conv2D is `conv` here."))
    #expect(nnc("explain", "torch.optim.Adam").output.hasPrefix("torch.optim.Adam is `adam` here."))
    for word in ["in_channels", "input_shape"] {
      #expect(nnc("explain", word).output.hasPrefix("\(word) has no counterpart: the sizes of inputs are inferred"))
    }
    #expect(nnc("explain", "nn.Sequential").output.contains("layers in a row are a chain"))
  }

  @Test func codesAreUniqueAndComplete() {
    #expect(Set(allDiagnosticCodes.map(\.id)).count == allDiagnosticCodes.count)
    #expect(Set(allDiagnosticCodes.map(\.name)).count == allDiagnosticCodes.count)
    for code in allDiagnosticCodes {
      #expect(code.id.count == 5 && (code.id.hasPrefix("E0") || code.id.hasPrefix("W0")), "\(code.id)")
      #expect(!code.summary.isEmpty && !code.summary.hasSuffix("."), "\(code.id)")
      #expect(code.explanation.count > 20, "\(code.id)")
    }
  }

  /// The pages of the manual that are made from the declarations.
  @Test func generatedPagesAreFresh() throws {
    for (name, text) in [
      ("catalog.md", Reference.catalogPage()), ("commands.md", Reference.commandPage()),
      ("diagnostics.md", Reference.diagnosticsPage()),
    ] {
      let file = repository.appending(path: "grammar/\(name)")
      let isFresh = try String(contentsOf: file, encoding: .utf8) == text
      #expect(isFresh, "grammar/\(name) is stale: swift run -c release nnbench pages writes it anew")
    }
  }
}
