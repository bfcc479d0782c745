#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that could not be written or read, in words for the user.
package struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package var path: String
  package var reason: String
  /// The bytes that were to be written, where that helps.
  package var bytesNeeded: Int?
  /// Whether the file could be read, and what it holds is wrong.
  package var isOfContents: Bool
  package init(path: String, reason: String, bytesNeeded: Int? = nil, isOfContents: Bool = false) {
    self.path = path
    self.reason = reason
    self.bytesNeeded = bytesNeeded
    self.isOfContents = isOfContents
  }
  package var description: String {
    "\(path): \(reason)" + (bytesNeeded.map { " (\($0) bytes were to be written)" } ?? "")
  }
}

func systemReason() -> String { String(cString: strerror(errno)) }

/// Writes a file so that its name holds either the old content or the whole new one: a neighbour is written, flushed
/// to the disk and renamed over it.
///
/// A link stays one, and what it leads to is replaced, with the permissions that it had. Pipes and devices are written
/// to as they are.
package func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileFailure) {
  func failed(_ reason: String) -> FileFailure { FileFailure(path: path, reason: reason, bytesNeeded: bytes.count) }
  let target = try linkTarget(of: path)
  var status = stat()
  let exists = stat(target, &status) == 0
  if exists && status.st_mode & S_IFMT != S_IFREG {
    let descriptor = open(target, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failed(systemReason()) }
    var failure = writeAll(bytes, to: descriptor)
    if close(descriptor) != 0 && failure == nil { failure = systemReason() }
    if let failure { throw failed(failure) }
    return
  }
  let neighbour = partialName(target)
  let descriptor = open(neighbour, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
  guard descriptor >= 0 else { throw failed(systemReason()) }
  if exists { fchmod(descriptor, status.st_mode & 0o777) }
  var failure = writeAll(bytes, to: descriptor)
  if failure == nil && fsync(descriptor) != 0 { failure = systemReason() }
  if close(descriptor) != 0 && failure == nil { failure = systemReason() }
  if failure == nil && rename(neighbour, target) != 0 { failure = systemReason() }
  if let failure {
    unlink(neighbour)
    throw failed(failure)
  }
  flushFolder(of: target)
}

/// The neighbour that is written in place of a file.
func partialName(_ path: String) -> String { "\(path).\(getpid()).partial" }

/// Writes all bytes; gives what the system says where it cannot.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> String? {
  bytes.withUnsafeBytes { buffer in
    var sent = 0
    while sent < buffer.count {
      let count = write(descriptor, buffer.baseAddress! + sent, buffer.count - sent)
      if count > 0 { sent += count } else if errno != EINTR { return systemReason() }
    }
    return nil
  }
}

/// The path behind a chain of symbolic links, whether there is a file or not.
private func linkTarget(of path: String) throws(FileFailure) -> String {
  var result = path
  for _ in 0..<40 {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { bytes in
      readlink(result, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard count > 0 else { return result }
    let next = String(decoding: buffer.prefix(count), as: UTF8.self)
    if next.hasPrefix("/") {
      result = next
    } else {
      result = (result.lastIndex(of: "/").map { String(result[...$0]) } ?? "") + next
    }
  }
  throw FileFailure(path: path, reason: "too many symbolic links")
}

/// Makes a rename last: the folder's entry reaches the disk too.
private func flushFolder(of path: String) {
  let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return }
  _ = fsync(descriptor)
  close(descriptor)
}

/// Makes a folder and those above it; an existing one is fine unless it must be new.
package func makeFolder(_ path: String, mustBeNew: Bool = false) throws(FileFailure) {
  if try makeNewFolder(path) == .made || !mustBeNew && isFolder(path) { return }
  throw FileFailure(path: path, reason: "it exists already")
}

/// What came of making a folder that may be there.
package enum NewFolder: Sendable {
  case made
  /// Something of the name is there, a folder or not.
  case exists
}

/// Makes a folder and those above it unless there is something of its name.
package func makeNewFolder(_ path: String) throws(FileFailure) -> NewFolder {
  if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
    let parent = String(path[..<slash])
    if !isFolder(parent) {
      if access(parent, F_OK) == 0 { throw FileFailure(path: parent, reason: "it is a file, not a folder") }
      try makeFolder(parent)
    }
  }
  if mkdir(path, 0o755) == 0 { return .made }
  if errno == EEXIST { return .exists }
  throw FileFailure(path: path, reason: systemReason())
}

package func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Reads a whole regular file of at most so many bytes.
package func readFile(_ path: String, limit: Int = 8 << 30) throws(FileFailure) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw FileFailure(path: path, reason: systemReason()) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw FileFailure(path: path, reason: systemReason()) }
  guard status.st_mode & S_IFMT == S_IFREG else {
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    throw FileFailure(path: path, reason: isFolder ? "it is a folder, not a file" : "it is not a regular file")
  }
  let size = Int(status.st_size)
  guard size <= limit else { throw FileFailure(path: path, reason: "it has \(size) bytes, and \(limit) is the limit") }
  var failure: String?
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    count = 0
    while count < size {
      let got = read(descriptor, buffer.baseAddress! + count, size - count)
      if got > 0 {
        count += got
      } else if got == 0 {
        break
      } else if errno != EINTR {
        failure = systemReason()
        break
      }
    }
  }
  if let failure { throw FileFailure(path: path, reason: failure) }
  return bytes
}
