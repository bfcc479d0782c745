# What the scripts that run the examples share; sourced from the top of the repository.

# The folder below $folder that holds the first file or folder an example names; `-` where it needs none, nothing where
# it is not found.
folder_of() {
  local file
  file="$(grep -oE '\b(csv|idx|text|lines|images|npy)\(([a-z]+: )?"[^"]+"' "examples/$1.nnet" | head -n 1 \
    | sed 's/.*"\(.*\)"/\1/')" || true
  if [ -z "$file" ] || [ -e "examples/$file" ]; then echo "-"; return; fi
  if [ -n "$folder" ]; then find "$folder" -name "$(basename "$file")" -printf '%h\n' 2>/dev/null | head -n 1; fi
}

# Sets `flags` to what an example needs to find its data; says aloud and fails where they are not found.
find_data() {
  local place
  place="$(folder_of "$1")"
  flags=()
  if [ -z "$place" ]; then
    echo "SKIPPED $1: its data were not found; name their folder with --data" >&2
    return 1
  fi
  [ "$place" = "-" ] || flags=(--data "$place")
}

# Builds nnc and prints where it lies.
built() {
  swift build -c release --product nnc >/dev/null
  echo "$(swift build -c release --show-bin-path)/nnc"
}
