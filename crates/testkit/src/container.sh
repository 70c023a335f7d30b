# Owns one container and all that goes with it, and outlives whoever asked for it by just long enough to remove it.
#
# The arguments are the container's name and the words for `docker run`. What docker says comes out on standard output,
# then a line "status N". When the input ends, because it was closed or because the process at the other end died in
# whatever way, the container goes, with every container, volume and network that carries the label
# org.partman.test.owner=NAME or belongs to the compose project NAME. Nothing else is touched.

name=$1
shift

finish() {
    trap '' HUP INT TERM
    wait
    for label in "org.partman.test.owner=$name" "com.docker.compose.project=$name"; do
        containers=$(docker ps -aq --no-trunc --filter "label=$label")
        [ -z "$containers" ] || docker rm -f -v $containers
        volumes=$(docker volume ls -q --filter "label=$label")
        [ -z "$volumes" ] || docker volume rm -f $volumes
        networks=$(docker network ls -q --filter "label=$label")
        [ -z "$networks" ] || docker network rm $networks
    done >/dev/null 2>&1
    exit "$1"
}
trap 'finish 143' HUP INT TERM

# In the background, so that a signal is heard at once; `finish` waits for it before it looks for traces.
if [ $# -gt 0 ]; then
    docker run -d "$@" </dev/null 2>&1 &
    wait $!
fi
echo "status $?"
while read -r _; do :; done
finish 0
