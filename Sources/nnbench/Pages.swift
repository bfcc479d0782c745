import Driver
import Foundation

/// Writes the generated pages of the manual and the editors' word lists anew, below a repository; false where one could
/// not be written.
func writePages(_ arguments: [String]) -> Bool {
  let folder = (arguments.first ?? ".") + "/grammar"
  var texts = [
    ("catalog.md", Reference.catalogPage()), ("commands.md", Reference.commandPage()),
    ("diagnostics.md", Reference.diagnosticsPage()),
  ]
  for (path, lines) in EditorWords.files {
    guard let kept = try? String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8),
      let text = EditorWords.updated(kept, lines: lines)
    else {
      print("\(folder)/\(path) cannot be read, or its marks are gone")
      return false
    }
    texts.append((path, text))
  }
  for (path, text) in texts {
    do {
      try text.write(toFile: "\(folder)/\(path)", atomically: true, encoding: .utf8)
    } catch {
      print("\(folder)/\(path) cannot be written: \(error)")
      return false
    }
  }
  return true
}
