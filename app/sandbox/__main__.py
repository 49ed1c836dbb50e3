"""``python -m app.sandbox [--host 127.0.0.1] [--port 8100]``: run the sandbox platforms."""

import argparse

import uvicorn

from app.sandbox.main import create_app


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m app.sandbox", description="国家平台模拟环境（虚构数据）")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    arguments = parser.parse_args()
    uvicorn.run(create_app(), host=arguments.host, port=arguments.port, access_log=False, ws="none")


if __name__ == "__main__":
    main()
