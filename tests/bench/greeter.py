"""The greeter of plugins/examples/greeter for FastAPI; scripts/bench-http compares with it."""
from fastapi import FastAPI
from pydantic import BaseModel, Field


class Greeting(BaseModel):
    name: str = Field("world", max_length=80)


app = FastAPI()


@app.post("/api/v1/greeter/greet")
async def greet(greeting: Greeting):
    return {"ok": True, "data": {"message": f"Hello, {greeting.name}!"}}
