import Diagnostics
import Runs
import Syntax

func formatCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  var worst = ExitCode.fine
  for path in invocation.arguments {
    do {
      let bytes = try readSource(path, console: console)
      var sources = SourceMap()
      let id = sources.add(path: path == "-" ? "standard input" : path, bytes: bytes)
      guard let formatted = format(parseTree(sources[id])) else {
        console.tellRaw(
          DiagnosticFormat.human.render(parse(sources[id]).diagnostics, sources: sources, style: console.style))
        console.fail("\(path) has syntax errors and was left as it is")
        worst = .rejected
        continue
      }
      if path == "-" && !invocation.has("check") && !invocation.has("diff") {
        console.write(formatted)
      } else if Array(formatted.utf8) != bytes {
        if invocation.has("diff") { console.write(difference(String(decoding: bytes, as: UTF8.self), formatted, path)) }
        if invocation.has("check") {
          console.print("\(path) is not formatted")
          worst = .rejected
        } else if !invocation.has("diff") {
          try writeAtomically(Array(formatted.utf8), to: path)
          console.tell("formatted \(path)")
        }
      }
    } catch {
      if let failure = error as? FileFailure { console.fail(failure.description) }
      worst = .usage
    }
  }
  return worst
}

/// A unified diff of two texts with three lines of context.
func difference(_ old: String, _ new: String, _ path: String) -> String {
  let before = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  let after = new.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  let changes = after.difference(from: before)
  var removed: Set<Int> = []
  var inserted: Set<Int> = []
  for change in changes {
    switch change {
    case .remove(let offset, _, _): removed.insert(offset)
    case .insert(let offset, _, _): inserted.insert(offset)
    }
  }
  var lines: [(mark: Character, text: String, old: Int, new: Int)] = []
  var (i, j) = (0, 0)
  while i < before.count || j < after.count {
    if i < before.count && removed.contains(i) {
      lines.append(("-", before[i], i, j))
      i += 1
    } else if j < after.count && inserted.contains(j) {
      lines.append(("+", after[j], i, j))
      j += 1
    } else {
      lines.append((" ", before[i], i, j))
      i += 1
      j += 1
    }
  }
  var text = "--- \(path)\n+++ \(path)\n"
  var index = 0
  while let first = lines[index...].firstIndex(where: { $0.mark != " " }) {
    let start = max(index, first - 3)
    var end = first
    var quiet = 0
    while end < lines.count && quiet < 6 {
      quiet = lines[end].mark == " " ? quiet + 1 : 0
      end += 1
    }
    end -= max(0, quiet - 3)
    let hunk = lines[start..<end]
    let oldCount = hunk.count { $0.mark != "+" }
    let newCount = hunk.count { $0.mark != "-" }
    text += "@@ -\(lines[start].old + 1),\(oldCount) +\(lines[start].new + 1),\(newCount) @@\n"
    text += hunk.map { "\($0.mark)\($0.text)\n" }.joined()
    index = end
  }
  return text
}
