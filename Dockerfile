# provbot as a container (docs/deployment.md).
#
#   docker build -t provbot .                        the bot: nothing but what it needs to run
#   docker build -t provbot-demo --target demo .     the bot with a Webex cloud of its own and a chat page
#
# The base is pinned by its patch version. A tag can be moved; to hold on to one content, name its
# digest, which `docker buildx imagetools inspect docker.io/library/python:3.13.14-slim-trixie` prints:
#   --build-arg BASE=docker.io/library/python:3.13.14-slim-trixie@sha256:…
# Behind a package proxy hand pip its settings; they are there while it runs, and in no layer:
#   --secret id=pip,src=/etc/pip.conf
ARG BASE=docker.io/library/python:3.13.14-slim-trixie


FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
COPY locks locks
# pip stays in /build; what is installed into /opt/provbot has none. All of it is named with its
# hash, so nothing is left for pip to decide (--no-deps).
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    python -m venv /build && python -m venv --without-pip /opt/provbot \
 && /build/bin/pip install --quiet --no-deps --require-hashes -r locks/build.txt \
 && /build/bin/pip --python /opt/provbot/bin/python install --quiet --no-deps --require-hashes -r locks/runtime.txt
# Without the sandbox: the wheel takes what is there.
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY cards cards
RUN /build/bin/pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir /wheels . \
 && /build/bin/pip --python /opt/provbot/bin/python install --quiet --no-deps --no-index /wheels/*.whl


# What bot and demo have in common.
FROM ${BASE} AS base
# Python's own modules come without compiled files in some bases, and a user without write access could never
# keep any: each start would compile them. pip goes, for nothing is to be installed here, and so
# do the programs that make more of the user who runs them.
RUN python -m compileall -q "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" -x '/(test|tests|idlelib|site-packages|dist-packages)/' \
 && find /usr \( -path '*/python3*/pip' -o -path '*/python3*/pip-*.dist-info' -o -path '*/python3*/ensurepip' -o -path '*/bin/pip*' \) -prune -exec rm -rf {} + \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && groupadd --gid 10001 provbot \
 && useradd --uid 10001 --gid 10001 --no-log-init --home-dir /var/lib/provbot --no-create-home --shell /usr/sbin/nologin provbot \
 && install --directory --owner 10001 --group 10001 --mode 700 /var/lib/provbot
ENV PATH=/opt/provbot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# By number: a platform can tell that it is not root's without looking into the image.
USER 10001:10001
WORKDIR /var/lib/provbot
ENTRYPOINT ["provbot"]


FROM build AS build-demo
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /build/bin/pip install --quiet --no-deps --require-hashes -r locks/page.txt \
 && /build/bin/pip --python /opt/provbot/bin/python install --quiet --no-deps --require-hashes -r locks/demo.txt
COPY package.json package-lock.json .npmrc ./
RUN PATH="/build/bin:$PATH" npm ci --ignore-scripts --omit=dev
COPY sandbox sandbox
RUN mkdir /opt/sandbox && mv sandbox node_modules /opt/sandbox/


FROM base AS demo
COPY --from=build-demo /opt/provbot /opt/provbot
COPY --from=build-demo /opt/sandbox /opt/sandbox
ENV PYTHONPATH=/opt/sandbox
# Cloud and bot start from scratch each time; every platform has this place to write to.
WORKDIR /tmp
EXPOSE 8780
CMD ["demo", "--listen", "0.0.0.0"]


# The last stage is what `docker build` makes.
FROM base AS bot
COPY --from=build /opt/provbot /opt/provbot
ENV PROVBOT_DATABASE=/var/lib/provbot/provbot.db \
    PROVBOT_HTTP=0.0.0.0:8788 \
    PROVBOT_LOG=json
VOLUME /var/lib/provbot
EXPOSE 8788
# A little program of its own: it must not cost each half minute what the bot costs to start.
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s --retries=3 \
    CMD python -m bot.setup.healthcheck "$PROVBOT_HTTP"
CMD ["run"]
