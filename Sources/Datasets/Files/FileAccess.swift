#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which files a program may read, and how: the one door through which data enter.
///
/// A path in a `.nnet` file names an ordinary file below that file's folder (or below the folder of `--data`, which is
/// looked up first). `..`, links and absolute paths may not leave it; folders, pipes and devices are no files.
/// The walk opens one folder after the other without following links on its own, so that a link swapped in meanwhile
/// cannot lead it astray. A file with a second hard link is refused, since its other name may be anywhere.
package struct FileAccess: Sendable {
  /// The folder of the `.nnet` file; `.` where it comes from standard input.
  package var folder: String
  /// The folder of `--data`.
  package var dataFolder: String?
  /// Whether paths may lead anywhere, and pipes and devices be read.
  package var allowOutside: Bool
  /// The most bytes that one file may need in memory; nil asks the system when a file is opened.
  package var memoryLimit: Int?
  /// The library for compressed files; nil where the machine has none.
  package var zlib: Zlib? = Zlib.shared
  /// Contents by path, in place of the file system (for tests and editors).
  private var files: [String: [UInt8]]?

  package init(
    folder: String, dataFolder: String? = nil, allowOutside: Bool = false, memoryLimit: Int? = nil
  ) {
    self.folder = folder
    self.dataFolder = dataFolder
    self.allowOutside = allowOutside
    self.memoryLimit = memoryLimit
  }

  /// An access to files in memory only.
  package init(files: [String: [UInt8]], memoryLimit: Int? = nil) {
    self.init(folder: ".", memoryLimit: memoryLimit)
    self.files = files
  }

  /// The access for paths that a person typed on the command line: from the current folder, anywhere, pipes too;
  /// `-` is standard input.
  package static func commandLine(memoryLimit: Int? = nil) -> FileAccess {
    FileAccess(folder: ".", allowOutside: true, memoryLimit: memoryLimit)
  }

  /// The bytes that may be taken now.
  package var freeMemory: Int { memoryLimit ?? availableMemory() }

  /// Opens a file for reading.
  package func open(_ path: String) throws(DataProblem) -> InputFile {
    if let files {
      guard let bytes = files[path] else { throw .missingFile(path) }
      return InputFile(path: path, bytes: bytes)
    }
    if path == "-", allowOutside { return InputFile(path: "standard input", descriptor: dup(0), size: nil) }
    let folders = (dataFolder.map { [$0] } ?? []) + [folder]
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .missingFile(path, lookedIn: folders) }
    for root in folders {
      do throws(DataProblem) {
        if allowOutside { return try openAnywhere(path, from: root) }
        switch try walk(root, path) {
        case .file(let file): return file
        case .folder(let descriptor, let full):
          close(descriptor)
          throw .directory(full)
        }
      } catch {
        if error.code != DataCodes.missingFile { throw error }
      }
    }
    throw .missingFile(path, lookedIn: folders)
  }

  /// The whole of a file, for small ones such as imported sources.
  package func read(_ path: String, limit: Int) throws(DataProblem) -> [UInt8] {
    let file = try open(path)
    if let size = file.size, size > limit { throw .tooLarge(file.path, needs: size, limit: limit) }
    var bytes: [UInt8] = []
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { chunk.deallocate() }
    while true {
      let count = try file.read(into: chunk.baseAddress!, count: chunk.count)
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[..<count])
      if bytes.count > limit { throw .tooLarge(file.path, needs: bytes.count, limit: limit) }
    }
  }

  /// The names in a folder, in the order of their bytes, without hidden ones; whether each is a folder.
  package func list(_ path: String) throws(DataProblem) -> [(name: String, isFolder: Bool)] {
    if let files { return try listMemory(path, files) }
    let roots = (dataFolder.map { [$0] } ?? []) + [folder]
    guard !path.utf8.contains(0) else { throw .missingFile(path, lookedIn: roots) }
    for root in roots {
      do throws(DataProblem) {
        if allowOutside {
          let full = shown(root, path)
          let descriptor = Self.opened { platformOpen(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
          guard descriptor >= 0 else { throw errno == ENOTDIR ? .notAFolder(full) : failure(full, errno) }
          return try entries(descriptor, full)
        }
        switch try walk(root, path) {
        case .file(let file): throw .notAFolder(file.path)
        case .folder(let descriptor, let full): return try entries(descriptor, full)
        }
      } catch {
        if error.code != DataCodes.missingFile { throw error }
      }
    }
    throw .missingFile(path, lookedIn: roots)
  }

  /// Closes the descriptor.
  private func entries(_ descriptor: Int32, _ full: String) throws(DataProblem) -> [(name: String, isFolder: Bool)] {
    guard let stream = fdopendir(descriptor) else {
      close(descriptor)
      throw .unreadable(full, String(cString: strerror(errno)))
    }
    defer { closedir(stream) }
    var found: [(name: String, isFolder: Bool)] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
      }
      if name.hasPrefix(".") { continue }
      var status = stat()
      guard fstatat(dirfd(stream), name, &status, 0) == 0 else { continue }
      found.append((name, isKind(status, S_IFDIR)))
    }
    return found.sorted { precedes($0.name, $1.name) }
  }

  private func listMemory(_ path: String, _ files: [String: [UInt8]]) throws(DataProblem) -> [(
    name: String, isFolder: Bool
  )] {
    let prefix = path.hasSuffix("/") || path.isEmpty ? path : path + "/"
    var found: [String: Bool] = [:]
    for key in files.keys where key.hasPrefix(prefix) {
      let parts = key.dropFirst(prefix.count).split(separator: "/")
      if let first = parts.first, !first.hasPrefix(".") { found[String(first)] = parts.count > 1 }
    }
    if found.isEmpty { throw files[path] == nil ? .missingFile(path) : .notAFolder(path) }
    return found.map { ($0.key, $0.value) }.sorted { precedes($0.0, $1.0) }
  }

  private func shown(_ root: String, _ path: String) -> String {
    path.hasPrefix("/") || root.isEmpty || root == "." ? path : root.hasSuffix("/") ? root + path : root + "/" + path
  }

  private func openAnywhere(_ path: String, from root: String) throws(DataProblem) -> InputFile {
    let full = shown(root, path)
    var status = stat()
    guard stat(full, &status) == 0 else { throw failure(full, errno) }
    if isKind(status, S_IFDIR) { throw .directory(full) }
    let descriptor = Self.opened { platformOpen(full, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw failure(full, errno) }
    guard fstat(descriptor, &status) == 0, !isKind(status, S_IFDIR) else {
      close(descriptor)
      throw .directory(full)
    }
    return InputFile(
      path: full, descriptor: descriptor, size: isKind(status, S_IFREG) ? Int(status.st_size) : nil)
  }

  /// What a path leads to.
  private enum Target {
    case file(InputFile)
    /// The caller closes it.
    case folder(Int32, shown: String)
  }

  /// Walks down from the root, one component after the other; the stack holds the folders passed.
  private func walk(_ root: String, _ path: String) throws(DataProblem) -> Target {
    let full = shown(root, path)
    if path.hasPrefix("/") { throw .outside(full, "an absolute path leaves the folder of the program") }
    let top = Self.opened { platformOpen(root.isEmpty ? "." : root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard top >= 0 else { throw failure(full, errno) }
    var folders = [top]
    defer { for folder in folders { close(folder) } }
    var pending = Array(path.split(separator: "/").map(String.init).reversed())
    var links = 0
    /// The link that a component comes from, and what is left of the path behind it.
    var link: (target: String, rest: Int)?
    while let name = pending.popLast() {
      if let last = link, pending.count < last.rest { link = nil }
      if name == "." { continue }
      if name == ".." {
        guard folders.count > 1 else {
          let way = link.map { "a symbolic link to `\($0.target)`" } ?? "`..`"
          throw .outside(full, "\(way) leaves the folder of the program")
        }
        close(folders.removeLast())
        continue
      }
      var status = stat()
      guard fstatat(folders.last!, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw failure(full, errno) }
      if isKind(status, S_IFLNK) {
        links += 1
        guard links <= 40 else { throw .unreadable(full, "its symbolic links lead in a circle") }
        let target = try linkTarget(name, in: folders.last!, shown: full)
        if target.hasPrefix("/") {
          throw .outside(full, "a symbolic link to `\(target)` leaves the folder of the program")
        }
        link = (target, pending.count)
        pending += target.split(separator: "/").map(String.init).reversed()
      } else if isKind(status, S_IFDIR) {
        let folder = Self.opened {
          openat(folders.last!, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        guard folder >= 0 else { throw failure(full, errno) }
        folders.append(folder)
      } else {
        guard pending.allSatisfy({ $0 == "." }) else { throw .missingFile(full) }
        return .file(try openLast(name, in: folders.last!, status, shown: full))
      }
    }
    return .folder(folders.removeLast(), shown: full)
  }

  private func openLast(_ name: String, in folder: Int32, _ before: stat, shown full: String) throws(DataProblem)
    -> InputFile
  {
    // Opening a device can already do something, so that its kind is asked before and after.
    guard isKind(before, S_IFREG) else { throw .notAFile(full, kindName(before)) }
    let descriptor = Self.opened { openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else { throw failure(full, errno) }
    let file = InputFile(path: full, descriptor: descriptor, size: nil)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(full, errno) }
    guard isKind(status, S_IFREG) else { throw .notAFile(full, kindName(status)) }
    guard status.st_nlink <= 1 else {
      throw .outside(
        full, "the file has \(status.st_nlink) hard links, so that it may be a file outside the folder of the program")
    }
    file.size = Int(status.st_size)
    return file
  }

  private func linkTarget(_ name: String, in folder: Int32, shown full: String) throws(DataProblem) -> String {
    var target = [UInt8](repeating: 0, count: 4096)
    let count = target.withUnsafeMutableBytes {
      readlinkat(folder, name, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    guard count > 0, count < target.count else { throw .unreadable(full, "a symbolic link cannot be read") }
    return String(decoding: target[..<count], as: UTF8.self)
  }

  private func failure(_ path: String, _ code: Int32) -> DataProblem {
    switch code {
    case ENOENT, ENOTDIR: .missingFile(path)
    case ELOOP: .unreadable(path, "a symbolic link stands where a file was")
    default: .unreadable(path, String(cString: strerror(code)))
    }
  }

  private func isKind(_ status: stat, _ kind: mode_t) -> Bool { status.st_mode & S_IFMT == kind }

  private func kindName(_ status: stat) -> String {
    switch status.st_mode & S_IFMT {
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "a special file"
    }
  }

  /// Tries again where a signal interrupted the call.
  private static func opened(_ call: () -> Int32) -> Int32 {
    while true {
      let descriptor = call()
      if descriptor >= 0 || errno != EINTR { return descriptor }
    }
  }
}

/// libc's `open`, which the method of the same name hides.
private func platformOpen(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }

/// A file that is open for reading, from its beginning to its end; closed with its last reference.
package final class InputFile {
  /// As a person would find it.
  package let path: String
  /// Nil for a pipe.
  package fileprivate(set) var size: Int?
  private let descriptor: Int32
  private let bytes: [UInt8]
  private var offset = 0

  init(path: String, descriptor: Int32, size: Int?) {
    self.path = path
    self.descriptor = descriptor
    self.size = size
    self.bytes = []
  }

  init(path: String, bytes: [UInt8]) {
    self.path = path
    self.descriptor = -1
    self.bytes = bytes
    self.size = bytes.count
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Reads as many bytes as there are, at most `count`; fewer only at the end.
  package func read(into memory: UnsafeMutableRawPointer, count: Int) throws(DataProblem) -> Int {
    if descriptor < 0 {
      let taken = min(count, bytes.count - offset)
      bytes.withUnsafeBytes { source in
        if taken > 0 { memory.copyMemory(from: source.baseAddress! + offset, byteCount: taken) }
      }
      offset += taken
      return taken
    }
    var total = 0
    while total < count {
      let got = platformRead(descriptor, memory + total, count - total)
      if got < 0, errno == EINTR { continue }
      if got < 0 { throw .unreadable(path, String(cString: strerror(errno))) }
      if got == 0 { break }
      total += got
    }
    return total
  }
}

private func platformRead(_ descriptor: Int32, _ memory: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, memory, count)
}
