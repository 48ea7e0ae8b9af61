# Build: make the wheel and everything it needs. Run: only that, as nobody special.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bot bot
COPY cards cards
COPY sandbox sandbox
RUN python -m venv /opt/provbot \
 && /opt/provbot/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/provbot --create-home provbot
COPY --from=build /opt/provbot /opt/provbot
ENV PATH=/opt/provbot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PROVBOT_DATABASE=/var/lib/provbot/provbot.db
USER provbot
WORKDIR /var/lib/provbot
VOLUME /var/lib/provbot
CMD ["provbot", "run"]
