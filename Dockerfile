# The kit in a container: docker build -t webhook-conformance .
FROM python:3.12-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY conformance conformance
COPY schemas schemas
RUN python -m venv /kit \
 && /kit/bin/pip install --no-cache-dir --disable-pip-version-check ".[ed25519,sign,rfc9421,jws]"

FROM python:3.12-slim-bookworm
COPY --from=build /kit /kit
RUN useradd --uid 10001 --create-home kit \
 && install --directory --owner kit --group kit /judging
ENV PATH=/kit/bin:$PATH \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /judging
EXPOSE 4010
CMD ["webhook-conformance", "--help"]
