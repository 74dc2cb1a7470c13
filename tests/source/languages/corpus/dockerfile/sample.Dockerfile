# Builds the shop.
ARG VERSION=3.12
FROM python:${VERSION} AS builder

WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt

# What runs.
FROM python:3.12-slim AS runtime
COPY --from=builder /app /app
ENV PORT=8000
EXPOSE 8000
ENTRYPOINT ["python", "-m", "shop"]
