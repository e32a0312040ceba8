# SPDX-License-Identifier: MIT
# bash completion of the weightport command.
_weightport() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} options
  local commands='inspect stats convert verify diff merge help'
  local output='--to --shard-size --mode --no-fsync'
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
    return
  fi
  case $command in
    inspect) options='--json --checksum --globals --key --html' ;;
    stats) options='--json --key' ;;
    convert) options="--key --dtype --include --exclude --rename $output" ;;
    verify) options='--json' ;;
    diff) options='--rtol --atol --key --max --json' ;;
    merge) options="--key --prefix --overwrite $output" ;;
    help)
      mapfile -t COMPREPLY < <(compgen -W "$commands --help" -- "$word")
      return
      ;;
    *) return ;;
  esac
  case $before in
    --to) mapfile -t COMPREPLY < <(compgen -W 'torch torch_legacy safetensors safetensors_index torch_index' -- "$word") ;;
    --dtype) mapfile -t COMPREPLY < <(compgen -W 'float16 bfloat16 float32 float64 float8_e4m3fn float8_e5m2' -- "$word") ;;
    --key | --include | --exclude | --rename | --shard-size | --mode | --rtol | --atol | --max | --prefix) ;;
    *)
      if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$word")
      else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
      fi
      ;;
  esac
}
complete -F _weightport weightport
