import Datasets
import Diagnostics
import Runs

/// Where summaries of data are kept from one command to the next: `$XDG_CACHE_HOME/nnc`, else `~/.cache/nnc`; nil
/// where neither is known. What cannot be read or written there is read from the data again, without a word.
func summaryCache() -> SummaryCache? {
  guard let folder = cacheFolder() else { return nil }
  return SummaryCache(
    load: { key in try? readFile("\(folder)/\(key).json", limit: 1 << 28) },
    store: { key, bytes in
      do {
        try makeFolder(folder)
        try writeAtomically(bytes, to: "\(folder)/\(key).json")
      } catch {}
    })
}

private func cacheFolder() -> String? {
  if let base = environment("XDG_CACHE_HOME"), base.hasPrefix("/") { return base + "/nnc" }
  return environment("HOME").flatMap { $0.isEmpty ? nil : $0 + "/.cache/nnc" }
}

/// Gives the checker its summaries, from a run's own or from the data, and keeps them for the run folder.
final class SummaryReader {
  private let access: FileAccess
  private let saved: SavedSummaries?
  private(set) var found = SavedSummaries()

  init(access: FileAccess, saved: SavedSummaries?) {
    self.access = access
    self.saved = saved
  }

  func read(_ source: SourceDescription) -> Result<DataSummary, DataProblem> {
    if let known = saved?[source] { return .success(known) }
    do throws(DataProblem) {
      let summary = try summarize(source, access, cache: isLarge(source) ? summaryCache() : nil)
      found.add(summary, of: source)
      return .success(summary)
    } catch {
      return .failure(error)
    }
  }

  /// Small files are read faster than they are looked up.
  private func isLarge(_ source: SourceDescription) -> Bool {
    source.paths.values.contains { path in
      [access.dataFolder, access.folder].compactMap { $0 }.contains { (fileSize($0 + "/" + path) ?? 0) > 1 << 18 }
    }
  }
}
