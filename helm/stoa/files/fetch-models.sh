# Brings each file of /etc/stoa/models/list (path, address, SHA-256) into place when it is whole. What is there with the
# right checksum is not fetched again. With a key in the environment requests are signed for S3.
set -eu
cd /opt/stoa/models
good() { echo "$2  $1" | sha256sum -c -s; }
fetch() {
    if [ -n "${AWS_ACCESS_KEY_ID:-}" ]; then
        printf 'user = "%s:%s"\naws-sigv4 = "aws:amz:%s:s3"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "${AWS_REGION:-us-east-1}"
    fi | curl --fail --silent --show-error --location --retry 5 --config - --output "$2" "$1"
}
while read -r path url sum; do
    mkdir -p "$(dirname "$path")"
    case $url in
    content:*) cp "/etc/stoa/models/${url#content:}" "$path"; continue ;;
    esac
    if [ -f "$path" ] && good "$path" "$sum"; then continue; fi
    echo "fetching $path"
    fetch "$url" "$path.part$$"
    good "$path.part$$" "$sum" || { echo "$path has another checksum than models.files says" >&2; exit 1; }
    mv "$path.part$$" "$path"
done < /etc/stoa/models/list
