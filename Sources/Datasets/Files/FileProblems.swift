// What can be wrong with a file before its format matters.
extension DataProblem {
  package static func missingFile(_ path: String, lookedIn folders: [String] = []) -> DataProblem {
    let places = folders.map { $0.isEmpty || $0 == "." ? "the current folder" : "`\($0)`" }
    return DataProblem(
      DataCodes.missingFile, path: path, reason: "there is no such file",
      hint: places.isEmpty ? nil : "paths are looked up in \(places.joined(separator: ", then in "))")
  }

  /// A field that is computed from the data is infinite or no number; rows count from 1.
  ///
  /// - Parameter place: where the program says what the field is: `net.nnet:2:18`.
  package static func notFinite(field: String, at place: String, row: Int, value: Float, path: String) -> DataProblem {
    let what = value.isNaN ? "no number" : "infinite"
    return DataProblem(
      DataCodes.notFinite, path: path, reason: "the field `\(field)` is \(what) in row \(row) of the data",
      hint: "look at \(place) for a division by zero, a logarithm of a negative number, or a missing value")
  }

  package static func unreadable(_ path: String, _ reason: String) -> DataProblem {
    DataProblem(DataCodes.unreadable, path: path, reason: "the file cannot be read: \(reason)")
  }

  package static func outside(_ path: String, _ reason: String) -> DataProblem {
    DataProblem(
      DataCodes.outside, path: path, reason: reason,
      hint: "give `--data FOLDER` to look files up elsewhere, or `--allow-outside` to let this program read any file")
  }

  package static func directory(_ path: String) -> DataProblem {
    DataProblem(DataCodes.directory, path: path, reason: "this is a folder, not a file")
  }

  package static func notAFolder(_ path: String) -> DataProblem {
    DataProblem(DataCodes.directory, path: path, reason: "this is a file, not a folder")
  }

  package static func notAFile(_ path: String, _ what: String) -> DataProblem {
    DataProblem(DataCodes.notAFile, path: path, reason: "this is \(what), not an ordinary file")
  }

  package static func empty(_ path: String, _ reason: String = "the file is empty") -> DataProblem {
    DataProblem(DataCodes.empty, path: path, reason: reason)
  }

  package static func tooLarge(_ path: String, needs: Int, limit: Int) -> DataProblem {
    DataProblem(
      DataCodes.tooLarge, path: path,
      reason: "reading it needs \(byteText(needs)) of memory, \(byteText(limit)) may be used")
  }

  package static func expands(_ path: String, stored: Int?, beyond limit: Int) -> DataProblem {
    let from = stored.map { " from \(byteText($0))" } ?? ""
    return DataProblem(
      DataCodes.expands, path: path, reason: "the compressed file expands\(from) to more than \(byteText(limit))",
      hint: "if the file is sound, unpack it and name the unpacked file")
  }

  package static func missingZlib(_ path: String) -> DataProblem {
    DataProblem(
      DataCodes.missingZlib, path: path, reason: "the file is compressed, and the zlib library is not on this machine",
      hint: "install zlib (Debian: `apt install zlib1g`), or unpack the file with `gunzip`")
  }

  package static func notGzip(_ path: String) -> DataProblem {
    DataProblem(
      DataCodes.notGzip, path: path, reason: "the name ends in `.gz`, but the contents are not gzip",
      hint: "if the file was already unpacked, take `.gz` off its name")
  }

  package static func damaged(_ path: String, _ reason: String) -> DataProblem {
    DataProblem(
      DataCodes.damaged, path: path, reason: "the compressed data are damaged: \(reason)",
      hint: "fetch the file again")
  }

  package static func truncated(_ path: String, _ reason: String) -> DataProblem {
    DataProblem(DataCodes.truncated, path: path, reason: reason, hint: "the file was cut off; fetch it again")
  }

  package static func trailingBytes(_ path: String, expected: Int, found: Int?) -> DataProblem {
    let more = found.map { "\(byteText($0)) in all" } ?? "more"
    return DataProblem(
      DataCodes.trailingBytes, path: path,
      reason: "the header announces \(expected) bytes, but the file holds \(more)")
  }

  package static func badHeader(_ path: String, _ reason: String) -> DataProblem {
    DataProblem(DataCodes.badHeader, path: path, reason: reason)
  }
}
