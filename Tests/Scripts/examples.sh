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

# Builds nnc and prints where it lies.
built() {
  swift build -c release --product nnc >/dev/null
  echo "$(swift build -c release --show-bin-path)/nnc"
}
