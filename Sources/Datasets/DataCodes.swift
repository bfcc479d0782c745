import Diagnostics

/// The kinds of problem that data can have: E0501 to E0539. Each is made by a named function of ``DataProblem``.
package enum DataCodes {
  package static let missingFile = DiagnosticCode(
    "E0501", "data_missing_file", "A data file is not there",
    explanation: """
      The path is looked up below the folder of the `.nnet` file, or below the folder given with `--data`, \
      which comes first. Check the spelling and where the file lies; a comment in the example may name a \
      command that fetches it.
      """)

  package static let unreadable = DiagnosticCode(
    "E0502", "data_unreadable", "A data file cannot be read",
    explanation: """
      The file exists, but the system refuses to read it: a permission is missing, the disk fails, or a \
      symbolic link leads nowhere. The message repeats what the system said.
      """)

  package static let outside = DiagnosticCode(
    "E0503", "data_outside", "A path leaves the program's folder",
    explanation: """
      A `.nnet` file may come from anywhere, so it reads only below its own folder (or that of `--data`): no \
      absolute paths, no `..` above it, no links that lead out, no file with a second name elsewhere. Where you \
      trust the file, `--allow-outside` lifts this.
      """)

  package static let directory = DiagnosticCode(
    "E0504", "data_directory", "A folder is named where a file is needed, or a file where a folder is",
    explanation: """
      Name the file inside the folder; for a source of images, the folder itself.
      """)

  package static let notAFile = DiagnosticCode(
    "E0505", "data_not_a_file", "A path names a pipe, a socket or a device",
    explanation: """
      Data are read from ordinary files, since they are read more than once and must not change between.
      """)

  package static let empty = DiagnosticCode(
    "E0506", "data_empty", "A data file holds nothing",
    explanation: """
      The file has no bytes, or only a header. A download that failed often leaves such a file.
      """)

  package static let tooLarge = DiagnosticCode(
    "E0507", "data_too_large", "A data file needs more memory than there is",
    explanation: """
      The data are kept in memory while a network trains. Take fewer rows, or a machine with more memory.
      """)

  package static let expands = DiagnosticCode(
    "E0508", "data_expands", "A compressed file expands beyond reason",
    explanation: """
      A small file that unpacks to very much is either broken or meant to fill the memory. If it is sound, \
      unpack it and name the unpacked file.
      """)

  package static let missingZlib = DiagnosticCode(
    "E0509", "data_no_zlib", "The library that unpacks files is missing",
    explanation: """
      Files ending in `.gz` are unpacked by the machine's zlib. Install it, or unpack the file yourself.
      """)

  package static let notGzip = DiagnosticCode(
    "E0510", "data_not_gzip", "A file named `.gz` is not compressed",
    explanation: """
      Browsers and proxies sometimes unpack a file on the way and keep its name. Take `.gz` off the name, or \
      fetch the file again.
      """)

  package static let damaged = DiagnosticCode(
    "E0511", "data_damaged", "Compressed data are damaged",
    explanation: """
      The checksum or the structure of the compressed file is wrong: it changed after it was made. Fetch it \
      again.
      """)

  package static let truncated = DiagnosticCode(
    "E0512", "data_truncated", "A data file ends too early",
    explanation: """
      The header announces more than the file holds. The download was cut off; fetch it again.
      """)

  package static let trailingBytes = DiagnosticCode(
    "E0513", "data_trailing_bytes", "A data file holds more than it announces",
    explanation: """
      The header announces less than the file holds, so one of them is wrong and neither can be trusted.
      """)

  package static let badHeader = DiagnosticCode(
    "E0514", "data_bad_header", "The beginning of a data file is not what its format asks",
    explanation: """
      An idx file begins with two zero bytes, a type and the number of dimensions; an npy file with \
      `\u{93}NUMPY`. The file has another format, or is damaged.
      """)

  package static let encoding = DiagnosticCode(
    "E0515", "data_encoding", "A text file is not UTF-8",
    explanation: """
      Text is read as UTF-8. Convert the file, say with `iconv -f WINDOWS-1252 -t UTF-8 in.csv > out.csv`; \
      spreadsheets offer "CSV UTF-8" when they save.
      """)

  package static let raggedRow = DiagnosticCode(
    "E0516", "data_ragged_row", "A row has more or fewer fields than the first one",
    explanation: """
      Every row of a csv file has as many fields as its header. A field that holds the delimiter must stand in \
      double quotes.
      """)

  package static let quote = DiagnosticCode(
    "E0517", "data_quote", "A quoted field does not end, or goes on after its end",
    explanation: """
      A field that begins with a double quote ends with one; a double quote inside is written twice (RFC 4180).
      """)

  package static let duplicateColumn = DiagnosticCode(
    "E0518", "data_duplicate_column", "Two columns have the same name",
    explanation: """
      A name must tell which column is meant. Rename one, or, where the file has no header, write `header: \
      none`.
      """)

  package static let delimiter = DiagnosticCode(
    "E0519", "data_delimiter", "The columns seem to be divided by another character",
    explanation: """
      The whole line reads as one column. Name the character: `csv("file.csv", delimiter: ";")`.
      """)

  package static let missingColumn = DiagnosticCode(
    "E0520", "data_missing_column", "A column that the program uses is not in the file",
    explanation: """
      The names of the header are compared exactly, upper and lower case included. A name that is no identifier \
      is written `column("sepal length (cm)")`, a column by its number `column(3)`.
      """)

  package static let notANumber = DiagnosticCode(
    "E0521", "data_not_a_number", "A column of numbers holds something else",
    explanation: """
      Numbers are written like `12`, `-0.5` or `1e-3`, with a point and without separators. Say what stands for \
      a missing value with `missing: "-"`, or mend the file.
      """)

  package static let rowsDiffer = DiagnosticCode(
    "E0522", "data_rows_differ", "Files of one source have different numbers of rows",
    explanation: """
      Row by row, the files of a source belong together: so many images, so many labels.
      """)

  package static let columnKind = DiagnosticCode(
    "E0523", "data_column_kind", "A column cannot be used in this way",
    explanation: """
      A column of images is not a number or a class for each row, and a column of text is not an image.
      """)

  package static let option = DiagnosticCode(
    "E0524", "data_option", "A setting of a data source has a value that it cannot take",
    explanation: """
      The message says what the setting takes.
      """)

  package static let split = DiagnosticCode(
    "E0525", "data_split", "There are too few rows for this split",
    explanation: """
      Every part of a split that is asked for needs at least one row.
      """)

  package static let limits = DiagnosticCode(
    "E0526", "data_limits", "A file goes beyond what a sound file needs",
    explanation: """
      A line of more than 16 MiB, or more than 100 000 columns, is a sign that the file is something else, or \
      that its lines end in another way.
      """)

  package static let notFinite = DiagnosticCode(
    "E0527", "data_not_finite", "A field is no finite number in some row",
    explanation: """
      The logarithm of a negative number, a division by zero, or a number beyond 3.4e38 would make every result NaN. \
      The message names the row. Mend or remove it, or write a field that bears it.
      """)

  package static let all: [DiagnosticCode] = [
    missingFile, unreadable, outside, directory, notAFile, empty, tooLarge, expands, missingZlib, notGzip, damaged,
    truncated, trailingBytes, badHeader, encoding, raggedRow, quote, duplicateColumn, delimiter, missingColumn,
    notANumber, rowsDiffer, columnKind, option, split, limits, notFinite,
  ]
}
